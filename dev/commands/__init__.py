"""One module per command of the Makefile; each has main(arguments) -> exit status."""
