"""Pure rules of the channel: plain Python, no Odoo import, no database."""
