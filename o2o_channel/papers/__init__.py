"""Documents as files: plain Python, no Odoo. Values come in as they are to be printed."""
