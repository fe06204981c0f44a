from oneapi.notify import letters, paper
from oneapi.notify.letters import Letter, Named
from oneapi.options import Options

FULL = Letter(
    language="zh",
    subject="标题",
    paragraphs=("一", "二"),
    code="a1b2c3",
    link="https://x.example/?a=1&b=2",
    link_label="去",
)


def test_a_letter_becomes_a_page_with_its_parts() -> None:
    page = paper.html(FULL, system_name="Gate")

    assert '<html lang="zh">' in page
    assert "标题" in page
    assert ">a1b2c3<" in page
    assert page.count('href="https://x.example/?a=1&amp;b=2"') == 2
    assert "Gate" in page


def test_nothing_from_outside_becomes_markup() -> None:
    evil = '<img src=x onerror="alert(1)">{subject}'
    letter = letters.channel_disabled(Named(1, evil), evil, evil, "en")

    page = paper.html(letter, system_name=evil)

    assert "<img" not in page
    assert page.count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;{subject}") >= 4


def test_a_link_stays_inside_its_attribute() -> None:
    options = Options(server_address='https://x.example"><script>')

    page = paper.html(letters.quota_low("a", 1, options, "en"), system_name="Gate")

    assert "<script" not in page


def test_a_letter_can_be_plain() -> None:
    assert paper.plain(FULL) == "一\n二\na1b2c3\nhttps://x.example/?a=1&b=2"
