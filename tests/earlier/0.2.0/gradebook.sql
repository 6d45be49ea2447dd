BEGIN TRANSACTION;
CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL);
INSERT INTO "alembic_version" VALUES('e43177bfe90b');
CREATE TABLE assignment (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	duedate DATETIME, 
	course_id VARCHAR(128) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name), 
	FOREIGN KEY(course_id) REFERENCES course (id)
);
INSERT INTO "assignment" VALUES('5041effa45bf4519a75054943c725f13','vectorization',NULL,'');
CREATE TABLE base_cell (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	notebook_id VARCHAR(32) NOT NULL, 
	type VARCHAR(50), 
	PRIMARY KEY (id), 
	UNIQUE (name, notebook_id, type), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "base_cell" VALUES('c15261325b8245b4964342bdc803ad72','test_vector_add','8dabf78b20c74f7c9559deb20dfc4d3e','GradeCell');
INSERT INTO "base_cell" VALUES('3a93728a27684491b47b7883f8993840','vector_add','8dabf78b20c74f7c9559deb20dfc4d3e','SolutionCell');
CREATE TABLE comment (
	id VARCHAR(32) NOT NULL, 
	notebook_id VARCHAR(32), 
	cell_id VARCHAR(32), 
	auto_comment TEXT, 
	manual_comment TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (cell_id, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id), 
	FOREIGN KEY(cell_id) REFERENCES base_cell (id)
);
INSERT INTO "comment" VALUES('d982334c59ab4c71af3bca5d433480a0','c3bb21fcf8d045f49fca531a0fc93be1','3a93728a27684491b47b7883f8993840',NULL,NULL);
INSERT INTO "comment" VALUES('e8a699bac26a44cd90bbc0fefe7459a4','00f4d1b44c124c729f46cb7683ab1fe1','3a93728a27684491b47b7883f8993840',NULL,NULL);
CREATE TABLE course (
	id VARCHAR(128) NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (id)
);
INSERT INTO "course" VALUES('default_course');
CREATE TABLE grade (
	id VARCHAR(32) NOT NULL, 
	notebook_id VARCHAR(32), 
	cell_id VARCHAR(32), 
	auto_score FLOAT, 
	manual_score FLOAT, 
	extra_credit FLOAT, 
	needs_manual_grade BOOLEAN NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (cell_id, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES submitted_notebook (id), 
	FOREIGN KEY(cell_id) REFERENCES base_cell (id)
);
INSERT INTO "grade" VALUES('a64853604d014b26a121ae6ad8d9ba7b','c3bb21fcf8d045f49fca531a0fc93be1','c15261325b8245b4964342bdc803ad72',5.0,NULL,NULL,0);
INSERT INTO "grade" VALUES('d1be6bff6b104f93b4f57274df4f45a1','00f4d1b44c124c729f46cb7683ab1fe1','c15261325b8245b4964342bdc803ad72',4.0,4.5,NULL,0);
CREATE TABLE grade_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO "grade_cells" VALUES('c15261325b8245b4964342bdc803ad72',5.0,'code');
CREATE TABLE notebook (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	assignment_id VARCHAR(32), 
	kernelspec VARCHAR(1024), 
	PRIMARY KEY (id), 
	UNIQUE (name, assignment_id), 
	FOREIGN KEY(assignment_id) REFERENCES assignment (id)
);
INSERT INTO "notebook" VALUES('8dabf78b20c74f7c9559deb20dfc4d3e','vectorization','5041effa45bf4519a75054943c725f13','{"display_name": "Python 3", "language": "python", "name": "python3"}');
CREATE TABLE solution_cells (
	id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO "solution_cells" VALUES('3a93728a27684491b47b7883f8993840');
CREATE TABLE source_cell (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	locked BOOLEAN NOT NULL, 
	source TEXT, 
	checksum VARCHAR(128), 
	notebook_id VARCHAR(32), 
	PRIMARY KEY (id), 
	UNIQUE (name, notebook_id), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "source_cell" VALUES('942f77c4dd21421385895be148a958ed','vector_add','code',0,'def vector_add(a, b):
    """Adds two tensors element by element.

    a, b: tensors of the same shape, any shape, and of the same dtype.
    Returns a new tensor of that shape and dtype; a and b stay as they are.

    >>> vector_add(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]))
    tensor([11., 22.])

    Hint: what does `+` do when both sides are tensors?
    """
    # YOUR CODE HERE, in place of this line and the next
    raise NotImplementedError("vector_add")  # delete this line when yours is written','4f52cf06f99dcab180b03696916cee10','8dabf78b20c74f7c9559deb20dfc4d3e');
INSERT INTO "source_cell" VALUES('593797e11eb74d9aa5147939864ff658','test_vector_add','code',1,'### BEGIN HIDDEN TESTS
# For nbgrader without our preprocessor: the same points, asked for here before the check can raise.
import importlib

importlib.import_module("autograder.plugin").in_kernel("vectorization", "vector_add")
### END HIDDEN TESTS
import sys

try:
    from test_vectorization import check
except ModuleNotFoundError:
    files = "test_vectorization.py and selfcheck.py"
    print(f"Put {files} beside this notebook.", file=sys.stderr)
else:
    check("vector_add", vector_add)','5028cfdccae41ed13d86e0359ffbda67','8dabf78b20c74f7c9559deb20dfc4d3e');
CREATE TABLE student (
	id VARCHAR(128) NOT NULL, 
	first_name VARCHAR(128), 
	last_name VARCHAR(128), 
	email VARCHAR(128), 
	lms_user_id VARCHAR(128), 
	PRIMARY KEY (id)
);
INSERT INTO "student" VALUES('ann',NULL,NULL,NULL,NULL);
INSERT INTO "student" VALUES('bob',NULL,NULL,NULL,NULL);
CREATE TABLE submitted_assignment (
	id VARCHAR(32) NOT NULL, 
	assignment_id VARCHAR(32), 
	student_id VARCHAR(128), 
	timestamp DATETIME, 
	extension DATETIME, 
	PRIMARY KEY (id), 
	UNIQUE (assignment_id, student_id), 
	FOREIGN KEY(assignment_id) REFERENCES assignment (id), 
	FOREIGN KEY(student_id) REFERENCES student (id)
);
INSERT INTO "submitted_assignment" VALUES('5e75bebffc7d408eb09640f051b06697','5041effa45bf4519a75054943c725f13','ann',NULL,NULL);
INSERT INTO "submitted_assignment" VALUES('a9e14ae195ff4499937236a08073a1ab','5041effa45bf4519a75054943c725f13','bob',NULL,NULL);
CREATE TABLE submitted_notebook (
	id VARCHAR(32) NOT NULL, 
	assignment_id VARCHAR(32), 
	notebook_id VARCHAR(32), 
	flagged BOOLEAN, 
	late_submission_penalty FLOAT, 
	PRIMARY KEY (id), 
	UNIQUE (notebook_id, assignment_id), 
	FOREIGN KEY(assignment_id) REFERENCES submitted_assignment (id), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "submitted_notebook" VALUES('c3bb21fcf8d045f49fca531a0fc93be1','5e75bebffc7d408eb09640f051b06697','8dabf78b20c74f7c9559deb20dfc4d3e',0,NULL);
INSERT INTO "submitted_notebook" VALUES('00f4d1b44c124c729f46cb7683ab1fe1','a9e14ae195ff4499937236a08073a1ab','8dabf78b20c74f7c9559deb20dfc4d3e',0,NULL);
CREATE TABLE task_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
COMMIT;