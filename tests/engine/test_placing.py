"""Placing of addresses: by code, by names, at the nearest known region, or not."""

import pytest

from engine.placing import REASONS, Address, Gazetteer, Place, place, stem_of

TREE = {
    "110000": ("北京市", "province", "Beijing"),
    "110100": ("市辖区", "city", ""),
    "110105": ("朝阳区", "district", "Chaoyang"),
    "130000": ("河北省", "province", "Hebei"),
    "130800": ("承德市", "city", "Chengde"),
    "130821": ("承德县", "district", ""),
    "150000": ("内蒙古自治区", "province", "Inner Mongolia"),
    "150100": ("呼和浩特市", "city", ""),
    "210000": ("辽宁省", "province", "Liaoning"),
    "211300": ("朝阳市", "city", "Chaoyang"),
    "211321": ("朝阳县", "district", ""),
    "220000": ("吉林省", "province", "Jilin"),
    "220100": ("长春市", "city", "Changchun"),
    "220104": ("朝阳区", "district", "Chaoyang"),
    "220200": ("吉林市", "city", "Jilin"),
    "450000": ("广西壮族自治区", "province", "Guangxi"),
    "510000": ("四川省", "province", "Sichuan"),
    "510100": ("成都市", "city", "Chengdu"),
    "510104": ("锦江区", "district", "Jinjiang"),
    "510107": ("武侯区", "district", "Wuhou"),
    "510726": ("北川羌族自治县", "district", ""),
    "510700": ("绵阳市", "city", "Mianyang"),
    "513400": ("凉山彝族自治州", "city", "Liangshan"),
    "513401": ("西昌市", "district", "Xichang"),
    "532300": ("楚雄彝族自治州", "city", ""),
    "530000": ("云南省", "province", "Yunnan"),
}


def _path(code):
    above = (code[:2] + "0000", code[:4] + "00", code)
    return tuple(int(part) for part in dict.fromkeys(above) if part in TREE)


GAZETTEER = Gazetteer(
    Place(int(code), code, name, level, _path(code), latin)
    for code, (name, level, latin) in TREE.items()
)


def where(*names, code="", text=""):
    names = (*names, "", "", "")[:3]
    return place(Address(code, *names, text), GAZETTEER)


def assert_placed(placement, code, reason):
    assert (placement.region, placement.reason) == (int(code), reason)


def assert_queued(placement, reason):
    assert (placement.region, placement.reason) == (None, reason)
    REASONS[reason].format(**placement.parts)


def test_a_known_code_decides():
    assert_placed(where(code="510104"), "510104", "code")


def test_a_code_with_matching_names_decides():
    assert_placed(where("四川省", "成都市", "锦江区", code="510104"), "510104", "code")


@pytest.mark.parametrize(
    ("code", "region"),
    [("510104001", "510104"), ("510199", "510100"), ("519999", "510000")],
)
def test_an_unknown_code_gives_the_nearest_known_above(code, region):
    assert_placed(where(code=code), region, "code_above")


@pytest.mark.parametrize("code", ["990000", "XX", "5101", "510104x", "９９", "%", "'"])
def test_an_unknown_code_without_names_is_queued(code):
    assert_queued(where(code=code), "unknown")


def test_an_unknown_code_leaves_it_to_the_names():
    assert_placed(where("四川", "成都", "锦江区", code="990000"), "510104", "names")


@pytest.mark.parametrize(
    "names",
    [
        ("四川省", "成都市", "锦江区"),
        ("四川", "成都", "锦江"),
        (" 四川省 ", "成 都 市", "锦江区"),
        ("Sichuan", "Chengdu", "Jinjiang"),
        ("sichuan province", "CHENGDU City", "Jinjiang District"),
        ("四川省", "成都市锦江区", ""),
        ("", "四川省成都市锦江区", ""),
        ("", "四川成都锦江区", ""),
        ("", "成都市", "锦江区"),
        ("四川省", "", "锦江区"),
        ("四川省", "市辖区", "锦江区"),
    ],
)
def test_names_with_and_without_suffix(names):
    assert_placed(where(*names), "510104", "names")


@pytest.mark.parametrize(
    ("names", "region"),
    [
        (("内蒙古", "呼和浩特", ""), "150100"),
        (("广西",), "450000"),
        (("广西壮族自治区",), "450000"),
        (("四川", "凉山"), "513400"),
        (("四川", "凉山州"), "513400"),
        (("四川", "凉山州", "西昌市"), "513401"),
        (("四川省", "西昌市"), "513401"),
        (("四川", "绵阳", "北川县"), "510726"),
        (("四川", "绵阳", "北川羌族自治县"), "510726"),
        (("吉林省", "吉林市"), "220200"),
        (("吉林", "吉林"), "220200"),
    ],
)
def test_names_of_the_autonomous_regions_and_of_namesakes(names, region):
    assert_placed(where(*names), region, "names")


@pytest.mark.parametrize("city", ["北京市", "北京", "市辖区", ""])
def test_a_district_of_a_municipality(city):
    assert_placed(where("北京市", city, "朝阳区"), "110105", "names")


@pytest.mark.parametrize(
    ("names", "region"),
    [
        (("吉林省", "长春市", "朝阳区"), "220104"),
        (("辽宁省", "朝阳市"), "211300"),
        (("辽宁省", "朝阳市", "朝阳县"), "211321"),
        (("", "长春市", "朝阳区"), "220104"),
    ],
)
def test_namesakes_are_told_apart_by_their_parents(names, region):
    assert_placed(where(*names), region, "names")


def test_a_namesake_without_parents_is_queued():
    placement = where("", "", "朝阳区")
    assert_queued(placement, "ambiguous")
    assert "北京市朝阳区" in placement.parts["regions"]
    assert "长春市朝阳区" in placement.parts["regions"]


def test_a_district_alone_is_queued_even_when_the_tree_knows_only_one():
    assert_queued(where("", "", "锦江区"), "ambiguous")


@pytest.mark.parametrize("code", ["220104", "220100", "220000"])
def test_a_code_tells_namesakes_apart(code):
    assert where("", "", "朝阳区", code=code).region == 220104


def test_a_code_of_the_city_is_made_more_exact_by_the_names():
    assert_placed(where("四川", "成都", "锦江区", code="510100"), "510104", "names")


@pytest.mark.parametrize(
    "names",
    [
        ("北京市", "北京市", "朝阳区"),
        ("北京市",),
        ("四川省", "成都市", "武侯区"),
        ("", "长春市", ""),
        ("", "", "朝阳区"),
    ],
)
def test_a_code_against_the_names_is_queued(names):
    placement = where(*names, code="510104")
    assert_queued(placement, "conflict")
    assert placement.parts["region"] == "四川省成都市锦江区"


@pytest.mark.parametrize(
    "names",
    [("四川省", "北京市"), ("四川省", "长春市", "锦江区"), ("四川", "", "朝阳区")],
)
def test_names_against_each_other_are_queued(names):
    assert_queued(where(*names), "names_conflict")


@pytest.mark.parametrize(
    ("names", "region", "unknown"),
    [
        (("四川省", "成都市", "新都区"), "510100", "新都区"),
        (("四川省", "成都市", "朝阳区"), "510100", "朝阳区"),
        (("四川省", "乐山市", "市中区"), "510000", "乐山市"),
        (("河北省", "承德市", "承德区"), "130800", "承德区"),
    ],
)
def test_an_unknown_name_gives_the_nearest_known_region(names, region, unknown):
    placement = where(*names)
    assert_placed(placement, region, "names_above")
    assert placement.parts["name"] == unknown


@pytest.mark.parametrize(
    ("names", "text", "region"),
    [
        (("四川省", "成都市"), "锦江区春熙路1号", "510104"),
        (("四川省", "成都市"), "四川省成都市锦江区春熙路1号", "510104"),
        (("四川省",), "成都市 锦江区 春熙路1号", "510104"),
        ((), "四川省成都市锦江区春熙路1号", "510104"),
        ((), "四川成都锦江区春熙路1号", "510104"),
        ((), "北京市朝阳区建国路88号", "110105"),
        ((), "北京市市辖区朝阳区建国路88号", "110105"),
        (("四川省", "成都市"), "春熙路1号", "510100"),
        (("四川省",), "成都路1号", "510000"),
        (("四川省", "成都市"), "武侯大道1号", "510100"),
    ],
)
def test_what_the_fields_leave_out_is_read_off_the_text(names, text, region):
    assert_placed(where(*names, text=text), region, "names")


@pytest.mark.parametrize(
    "text", ["成都路1号", "朝阳区建国路88号", "1 Main Street", "省市区"]
)
def test_a_text_without_full_names_is_queued(text):
    assert_queued(where(text=text), "unknown")


def test_nothing_given_is_queued_as_empty():
    assert_queued(where(), "empty")
    assert_queued(where("市辖区", " ", "-"), "unknown")


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "'; DROP TABLE o2o_region; --",
        "🏠",
        "שלום",
        "x" * 10000,
    ],
)
def test_strange_names_are_only_unknown(name):
    assert_queued(where(name, name, name, text=name), "unknown")


def test_an_unknown_province_does_not_hide_a_known_city():
    assert_placed(where("四穿省", "成都市", "锦江区"), "510104", "names_above")


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("新疆维吾尔自治区", "新疆"),
        ("积石山保安族东乡族撒拉族自治县", "积石山"),
        ("恩施土家族苗族自治州", "恩施"),
        ("神农架林区", "神农架"),
        ("大兴安岭地区", "大兴安岭"),
        ("香港特别行政区", "香港"),
        ("市中区", "市中"),
        ("城区", "城区"),
        ("莫力达瓦达斡尔族自治旗", "莫力达瓦"),
    ],
)
def test_stems_of_official_names(name, stem):
    assert stem_of(name) == stem
