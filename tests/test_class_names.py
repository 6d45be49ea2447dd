"""Who is who in the names of files, by what a class has in common, or by its roster."""

import openpyxl
import pytest
from cli_helpers import RIGHT, a_class, grade, results_of
from file_helpers import packed_as, table, write_files
from platforms import NAME, written

from autograder.intake import archives, class_names, collector
from autograder.intake.search import Search
from autograder.platforms.people import read_roster

PEOPLE = dict(
    table(r"""
2023010101 -> 张三
2023010102 -> 李四
2023010103 -> 王小明
2023010104 -> 欧阳娜娜
2023010105 -> 赵六
""")
)
FORMS = dict(
    table(r"""
id_name_title -> {id}_{name}_实验一
id-name       -> {id}-{name}
name+id       -> {name}+{id}
name and id   -> {name}{id}
group-id-name -> 计科1班-{id}-{name}
with blanks   -> {id} {name}
full width    -> {wide}＿{name}
title first   -> linear_regression {name} {id}
""")
)
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def names(form):
    """Id -> the name that a student gave to a file."""
    return {
        id: form.format(id=id, name=name, wide=id.translate(WIDE))
        for id, name in PEOPLE.items()
    }


@pytest.mark.parametrize("form", FORMS)
def test_an_id_and_a_name_are_found_by_what_a_class_has_in_common(form):
    """In any order and with any separator."""
    told = class_names.owners(names(FORMS[form]).values())
    assert {owner.id: owner.name for owner in told.values()} == PEOPLE


def test_what_a_student_adds_to_a_name_is_passed_over():
    """As 最终版2, or another class."""
    given = names("{id}_{name}")
    given["2023010102"] = "2023010102 李四 最终版2"
    given["2023010103"] = "2023010103_王小明_最终版"
    given["2023010104"] = "软件2班-2023010104-欧阳娜娜"
    told = class_names.owners(given.values())
    assert {name: (owner.id, owner.name) for name, owner in told.items()} == {
        given[id]: (id, name) for id, name in PEOPLE.items()
    }


UNCERTAIN = """ana bo cy
ana_1 bo_2 cy_3
s10 s11 s12
hw1_ana hw1_bo hw1_cy
2023010101_ana 2023010102_bo 2023010103_cy
2023010101_张三
张三 李四 王五
第1组 第2组 第3组"""


@pytest.mark.parametrize("given", UNCERTAIN.split("\n"))
def test_where_it_is_not_certain_the_whole_name_is_the_id(given):
    """No part of it is left out."""
    given = given.split()
    assert [
        (owner.id, owner.name) for owner in class_names.owners(given).values()
    ] == [(name, "") for name in given]


def collected(path, **more):
    """What was submitted below a path, where the class is whole."""
    unpacked = archives.unpack_all([path], path.parent / "into")
    return collector.Submissions(Search(NAME, unpacked, **more))


WAYS = {
    "a folder each": "线性回归实验/{id}-{name}/work.ipynb",
    "a file each": "实验一提交/{id}_{name}.ipynb",
    "a folder in each folder": "{id}_{name}/提交/" + NAME + ".ipynb",
    "from a chat group": "{name}+{id}.ipynb",
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_class_is_read_from_its_zip_however_it_was_packed(
    tmp_path, way, encoding
):
    """With folders around it, and with names as Windows packs them in China."""
    files = {
        WAYS[way].format(id=id, name=name): written()
        for id, name in PEOPLE.items()
    }
    got = collected(packed_as(tmp_path / "c.zip", encoding, files)).files
    assert {one.id: one.name for one in got if not str(one.problem)} == PEOPLE


def a_roster(folder, kind, people):
    """A file with these people, as schools and platforms write it."""
    rows = [["学号", "姓名"], *people.items()]
    path = folder / f"roster.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in (["2026年春季学期成绩登记表"], *rows):
            book.active.append(row)
        book.save(path)
    elif kind == "txt":
        path.write_text("\n".join(people))
    else:
        path.write_bytes("\r\n".join(map(",".join, rows)).encode("gbk"))
    return path


@pytest.mark.parametrize("kind", ["csv", "xlsx", "txt"])
def test_a_roster_tells_who_submitted_nothing(tmp_path, kind):
    """A table in GBK, a workbook with a line above its titles, or ids one a line."""
    path = a_roster(tmp_path, kind, PEOPLE)
    given = [*names("{id}_{name}").values()][:3]
    folder = write_files(
        tmp_path / "c", {f"{name}.ipynb": written() for name in given}
    )
    absent = collected(folder, roster=read_roster(path)).absent
    assert [person.split()[0] for person in absent] == [
        "2023010104",
        "2023010105",
    ]


def test_a_roster_decides_whose_a_file_is(tmp_path):
    """By id or name; where they are two people's, by nobody."""
    people = read_roster(a_roster(tmp_path, "csv", PEOPLE))
    given = [
        "张三的作业 2023010101",
        "李四",
        "2023010103",
        "2023010104_赵六",
        "张飞",
    ]
    owners = class_names.owners(given, people)
    doubtful = [name for name in given if owners[name].problem]
    expected = [
        "2023010101",
        "2023010102",
        "2023010103",
        "2023010104_赵六",
        "张飞",
    ]
    assert [owners[name].id for name in given] == expected
    assert doubtful == ["2023010104_赵六"]
    assert tuple(map(str, owners["张飞"].flags)) == (
        "not in the roster roster.csv",
    )


def test_a_graded_class_says_who_is_missing(tmp_path):
    """In its results, by the roster."""
    people = {"ana": "Ana", "bo": "Bo"}
    a_class(tmp_path / "c", ana=RIGHT)
    done = grade(
        tmp_path / "c",
        tmp_path / "out",
        "--roster",
        a_roster(tmp_path, "csv", people),
    )
    assert results_of(tmp_path / "out")["absent"] == ["bo Bo"], done.stderr
