"""Helpers of the system tests: what a browser, an API client or an operator would use."""
