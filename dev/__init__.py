"""Set-up of the development environment; nothing a user's ERP needs.

Until the virtual environment exists only the standard library is there, so
no module of this package imports anything else. Read in this order: `paths`,
`build`, `python_env`, `odoo_source`, `postgres`, `environment`, then the commands.
"""
