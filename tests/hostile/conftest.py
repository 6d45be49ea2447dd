"""Prints the hostile table after the run: a line per attack, a column per setting."""

from settings import SETTINGS

SHORT = {"refused-value": "refused", "protocol": "protoc."}


def pytest_terminal_summary(terminalreporter):
    found = {}
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                found |= {
                    value["setting"]: value for key, value in report.user_properties if key == "hostile"
                }
    if not found:
        return
    say = terminalreporter.write_line
    terminalreporter.section("hostile programs: expected, and seen in each setting")
    rows = {}
    for setting, result in found.items():
        for row in result["rows"]:
            rows.setdefault(row["program"], {})[setting] = row
    say(f"{'attack':24} {'expected':13} {' '.join(f'{each:11}' for each in SETTINGS)} seconds")
    for name, by_setting in sorted(rows.items()):
        first = next(iter(by_setting.values()))
        seen = " ".join(f"{_short(by_setting.get(s, {}).get('seen', '-')):11}" for s in SETTINGS)
        slowest = max(row["seconds"] for row in by_setting.values())
        wrong = " <" if any(row["wrong"] for row in by_setting.values()) else ""
        say(f"{name[:24]:24} {first['expected'][:13]:13} {seen} {slowest:5.2f}{wrong}")
    for setting in SETTINGS:
        if setting in found:
            result = found[setting]
            wrong = [row for row in result["rows"] if row["wrong"]]
            right = len(result["rows"]) - len(wrong)
            say(f"{setting}: {right} of {len(result['rows'])} as expected; walls: {result.get('walls')}")
            for row in wrong:
                say(f"  {row['program']}: {row['says'][:200]}")


def _short(seen):
    return SHORT.get(seen, seen)
