# What each command does: make help
PYTHON ?= python3
SERVE ?= 1
export SERVE ONLY KEEP

.DEFAULT_GOAL := help
.PHONY: help demo test suites bench lint i18n stop clean

help:
	@echo "make demo    set up Odoo 19 with the addon, run the story, serve it (SERVE=0: stop after the story)"
	@echo "make test    run all tests (engine, Odoo, system)"
	@echo "make suites  run Odoo's own tests of sale, stock and accounting without the addon and with it"
	@echo "make bench   measure; ONLY=<part of a name> for some"
	@echo "make lint    ruff, pylint-odoo, XML and translation checks"
	@echo "make i18n    update o2o_channel/i18n from the source"
	@echo "make stop    stop what make demo or bin/odoo left running"
	@echo "make clean   remove this checkout's databases and files outside of it"

demo test suites bench lint i18n stop clean:
	@$(PYTHON) -m dev $@
