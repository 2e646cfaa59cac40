"""Case GA, the clean case: 1 unit at 1,130.00 with 13 % VAT included, headquarters sells.

The only place with expected figures. Everything else is asked from the server. Account
codes are those of the Chinese chart with its six digits: 1122 is 112200.
"""

SKU = "E-1001"
PRICE = "1130.00"
# role, party, share of the net of 1,000.00
SPLIT = (
    ("fulfiller", "C2", "820.00"),
    ("origin", "B1", "60.00"),
    ("tier1", "C1", "20.00"),
    ("guide", "G001", "30.00"),
    ("hq", "HQ", "70.00"),
)
# J1, the customer invoice: account, party, debit, credit
INVOICE = (
    ("112200", "consumer", "1130.00", "0.00"),
    ("222100", "consumer", "0.00", "130.00"),
    ("500100", "consumer", "0.00", "1000.00"),
)
# J3, the split entry at delivery
ENTRY = (
    ("224110", "B1", "0.00", "60.00"),
    ("224110", "C1", "0.00", "20.00"),
    ("224110", "C2", "0.00", "820.00"),
    ("224110", "G001", "0.00", "30.00"),
    ("540110", "", "820.00", "0.00"),
    ("560110", "", "80.00", "0.00"),
    ("560111", "", "30.00", "0.00"),
)
# party: net of the statement, VAT (13 % for goods, 6 % for services), payable
STATEMENTS = {
    "C2": ("820.00", "106.60", "926.60"),
    "B1": ("60.00", "3.60", "63.60"),
    "C1": ("20.00", "1.20", "21.20"),
    "G001": ("30.00", "0.00", "30.00"),  # a person: an entry, and no tax up to 800.00
}
# J4 and J4', the bills and the entry for the guide
BILLS = {
    "C2": (
        ("220200", "C2", "0.00", "926.60"),
        ("222100", "C2", "106.60", "0.00"),
        ("224110", "C2", "820.00", "0.00"),
    ),
    "B1": (
        ("220200", "B1", "0.00", "63.60"),
        ("222100", "B1", "3.60", "0.00"),
        ("224110", "B1", "60.00", "0.00"),
    ),
    "C1": (
        ("220200", "C1", "0.00", "21.20"),
        ("222100", "C1", "1.20", "0.00"),
        ("224110", "C1", "20.00", "0.00"),
    ),
    "G001": (
        ("224110", "G001", "30.00", "0.00"),
        ("224120", "G001", "0.00", "30.00"),
    ),
}
