"""Which providers there are: our own, and those of installed packages."""

import importlib
import sys
from textwrap import dedent

import pytest

from leadline.data import plugins, providers, series
from leadline.data import provider as base
from leadline.errors import DataError

GOOD = dedent("""
    from leadline.data.provider import Request, Rows, Terms, Want, stamped
    from leadline.data.series import SeriesInfo
    from leadline.data.wire import Page

    class Tides:
        id = {id!r}
        title = "Tide tables"
        hosts = ("tides.example",)
        terms = Terms("public")
        agent = "leadline"
        pace = 1.0
        incremental = False
        key_name = ""
        catalogue = {{
            {series!r}: SeriesInfo(
                id={series!r}, title="High water", unit="metre", kind="index", aliases=({alias!r},)
            )
        }}
        feeds = {{{series!r}: [{feed!r}], "silver": [{feed!r}]}}

        def plan(self, want):
            yield Request("https://tides.example/" + want.code)

        def parse(self, want, answer):
            page = Page(self.id, answer)
            _, rows = page.table(["date", "value"])
            return page.rows(want, page.days(r[0] for r in rows), page.numbers(r[1] for r in rows))

        def known_at(self, want, answer, rows):
            return stamped(want, answer, rows)

        def probe(self, now):
            return Want(self.catalogue[{series!r}], "dover", now)

    PROVIDER = Tides()
""")


def code(name="tides", series="high_water", alias="flood", feed=None):
    return GOOD.format(id=name, series=series, alias=alias, feed=feed or f"{name}:dover")


def forget():
    for cached in (
        plugins._all,
        providers.providers,
        base.feeds,
        series.catalogue,
        series._by_name,
    ):
        cached.cache_clear()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution with one provider, as a package manager would leave it."""
    forget()
    modules = set(sys.modules)
    monkeypatch.syspath_prepend(tmp_path)

    def installed(package, text, name="tides", value=None):
        module = package.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(text, encoding="utf-8")
        info = tmp_path / f"{module}-1.2.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n", encoding="utf-8"
        )
        (info / "entry_points.txt").write_text(
            f"[leadline.providers]\n{name} = {value or f'{module}:PROVIDER'}\n", encoding="utf-8"
        )
        importlib.invalidate_caches()

    yield installed
    for added in set(sys.modules) - modules:
        if not added.startswith("leadline"):
            del sys.modules[added]
    monkeypatch.undo()
    forget()


def test_every_file_is_a_provider_under_its_own_name():
    assert {"cftc", "epu", "gdelt", "gpr", "pinksheet"} <= providers.built_in()
    assert "folder" not in providers.built_in()
    for name, provider in providers.providers().items():
        assert isinstance(provider, base.Provider), name
        assert provider.id == name


def test_every_feed_names_a_provider_there_is():
    named = {feed.provider for several in base.feeds().values() for feed in several}
    assert named <= set(providers.providers())


def test_a_provider_is_found_without_importing_the_others():
    assert providers.provider("epu") is providers.providers()["epu"]


def test_an_unknown_provider_is_an_error_with_a_suggestion():
    with pytest.raises(DataError, match=r"No provider 'pinksheets'\. Did you mean 'pinksheet'\?"):
        providers.provider("pinksheets")


def test_an_installed_package_brings_provider_series_and_feeds(install):
    install("tide-tables", code())
    assert providers.provider("tides").title == "Tide tables"
    assert "tides" in providers.providers()
    assert series.find("Flood").id == "high_water"
    assert series.knows("high_water")
    assert "high_water" in series.catalogue()
    assert "high_water" not in series.built_in()
    assert base.feeds()["high_water"] == (base.Feed(provider="tides", code="dover"),)
    assert not plugins.broken()


def test_a_feed_of_a_series_of_ours_comes_last(install):
    before = base.feeds()["silver"]
    forget()
    install("tide-tables", code())
    assert base.feeds()["silver"] == (*before, base.Feed(provider="tides", code="dover"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1", "AttributeError: module 'tide_tables' has no attribute 'PROVIDER'"),
        ("PROVIDER = 3", "it is no provider, for it lacks agent, hosts, id"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyError", "KeyError"),
        (code(name="waves"), "its provider calls itself 'waves'"),
        (code(series="silver"), "the name 'silver' is given to two series"),
        (code(alias="XAG"), "the name 'XAG' is given to two series, 'silver' and 'high_water'"),
        (code(feed="nothing"), "high_water.0.code: String should have at least 1 character"),
        (code(feed="waves:dover"), "its feed of 'high_water' names the provider 'waves', not"),
        (code() + "\nPROVIDER.feeds = {'low_water': ['tides:dover']}", "a feed of 'low_water'"),
        (code() + "\nPROVIDER.catalogue = {'x': 1}", "its catalogue holds under 'x' no SeriesInfo"),
        ("from leadline.data.series import find\nfind('gold')", "while it is being imported"),
    ],
)
def test_a_broken_plugin_is_one_line_and_the_rest_goes_on(install, text, said):
    install("tide-tables", text)
    line = plugins.broken()["tides"]
    assert line.startswith("plug-in 'tides' of tide-tables 1.2 (tide_tables:PROVIDER): cannot be")
    assert said in line
    assert "\n" not in line
    assert "tides" not in providers.providers()
    assert "high_water" not in series.catalogue()
    assert series.find("gold").id == "gold"
    assert base.feeds()["silver"][0].provider == "yahoo"
    with pytest.raises(DataError) as caught:
        providers.provider("tides")
    assert str(caught.value) == line
    with pytest.raises(DataError, match="plug-in 'tides' of tide-tables"):
        series.find("high_water")


def test_a_plugin_may_not_hide_a_provider_of_ours(install):
    install("other-fred", code(name="fred"), name="fred")
    assert providers.provider("fred").title != "Tide tables"
    assert "leadline.data.providers.fred" in plugins.broken()["fred"]
    assert "other-fred 1.2" in plugins.broken()["fred"]


def test_of_two_plugins_with_one_id_neither_is_taken(install):
    install("tide-tables", code())
    install("tide-tables-too", code())
    line = plugins.broken()["tides"]
    assert "of tide-tables 1.2 " in line
    assert "of tide-tables-too 1.2 " in line
    assert not plugins.usable()


def test_two_plugins_that_share_no_name_are_both_taken(install):
    install("tide-tables", code())
    install("wave-tables", code(name="waves", series="surf", alias="swell"), name="waves")
    assert list(plugins.usable()) == ["tides", "waves"]
    assert [feed.provider for feed in base.feeds()["silver"]][-2:] == ["tides", "waves"]


def test_of_two_plugins_with_one_series_neither_is_taken(install):
    install("tide-tables", code())
    install("wave-tables", code(name="waves", series="surf"), name="waves")
    assert not plugins.usable()
    assert "'flood', and so does the plug-in 'waves'" in plugins.broken()["tides"]
    assert "'flood', and so does the plug-in 'tides'" in plugins.broken()["waves"]
