"""The demo's orders as data: who bought what where, and how far it went.

Names are those of the demo records without their model and ``_demo``.
"""

# Day of last month, channel, consumer, {product: quantity}, origin, guide. None later
# than the 21st: with a return window of 7 days all of it is released by month's end.
DELIVERED = (
    (2, "tmall", "wang", {"e1001": 1}, "b1", "lina"),
    (3, "mall", "zhou", {"e2001": 1, "e2003": 2}),
    (4, "tmall", "zheng", {"e1004": 1}),
    (5, "store", "zhao", {"e2001": 3}, "b1", "lina"),
    (6, "mall", "sun", {"e2004": 1}),
    (8, "tmall", "wu", {"e1006": 1}, "b1"),
    (9, "store", "zhou", {"e3001": 2}, "b1", "lina"),
    (10, "mall", "feng", {"e1005": 1}),
    (12, "tmall", "zhao", {"e1003": 1}, "c1"),
    (13, "mall", "zheng", {"e2002": 1, "e3002": 1}),
    (15, "tmall", "wang", {"e3002": 2}),
    (16, "store", "wu", {"e1002": 1}, "b1", "lina"),
    (18, "mall", "sun", {"e1001": 1}, "c1"),
    (19, "tmall", "zhou", {"e1005": 1}),
    (20, "mall", "feng", {"e2003": 3}),
    (21, "store", "zheng", {"e1001": 2}, "s1"),
)

# Today's orders: the steps they went, then as above. What is offered waits for C2, B1
# and S1; one was turned down and went on; one nobody can serve.
OPEN = (
    ((), "mall", "zhao", {"e2001": 1}, "b1", "lina"),
    ((), "store", "wang", {"e1001": 1}, "b1"),
    ((), "mall", "zhou", {"e2002": 1}),
    ((), "store", "zheng", {"e3001": 1}, "s1"),
    (("accept",), "mall", "wu", {"e1006": 1}),
    (("accept", "pick"), "store", "zhao", {"e3002": 1}, "b1", "lina"),
    (("accept", "pick", "ship"), "mall", "sun", {"e2004": 1}),
    (("reject",), "store", "wang", {"e1005": 1}),
    ((), "mall", "feng", {"e1004": 1}),
)

# Names in Chinese of demo records that have a translated name.
CHINESE = {
    "product_e1001": "壁挂式空调 1.5 匹",
    "product_e1002": "立柜式空调 3 匹",
    "product_e1003": "滚筒洗衣机 10 公斤",
    "product_e1004": "法式多门冰箱 500 升",
    "product_e1005": "电热水器 60 升",
    "product_e1006": "空气净化器",
    "product_e2001": "电饭煲 4 升",
    "product_e2002": "破壁机",
    "product_e2003": "电水壶 1.7 升",
    "product_e2004": "空气炸锅 5 升",
    "product_e3001": "落地扇",
    "product_e3002": "加湿器",
    "pricelist": "零售价 CNY",
}
