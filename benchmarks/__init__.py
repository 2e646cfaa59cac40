"""Measurements, each with a peer or a bound beside it; `make bench` runs them."""
