from . import o2o_demo
