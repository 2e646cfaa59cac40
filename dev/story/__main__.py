import argparse
import sys

from . import main

parser = argparse.ArgumentParser(prog="python -m dev.story")
parser.add_argument("--base-url", default="http://127.0.0.1:8069")
parser.add_argument("--db", default="o2o_demo")
arguments = parser.parse_args()
sys.exit(main(arguments.base_url, arguments.db))
