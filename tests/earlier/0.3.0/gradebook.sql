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
INSERT INTO "assignment" VALUES('18fe439505184b548b65080c64e521e6','vectorization',NULL,'');
CREATE TABLE base_cell (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	notebook_id VARCHAR(32) NOT NULL, 
	type VARCHAR(50), 
	PRIMARY KEY (id), 
	UNIQUE (name, notebook_id, type), 
	FOREIGN KEY(notebook_id) REFERENCES notebook (id)
);
INSERT INTO "base_cell" VALUES('d22a3d572d454b7a88a205bdb80de312','test_vector_add','e60142df911f4c09a76fd7cf8b7665af','GradeCell');
INSERT INTO "base_cell" VALUES('13a91aa35e044df09a50db82ae867cd9','vector_add','e60142df911f4c09a76fd7cf8b7665af','SolutionCell');
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
INSERT INTO "comment" VALUES('859032268acd4e50a9e067c865d1654b','0bf26a5372dc4763bc7f4023c65804ad','13a91aa35e044df09a50db82ae867cd9',NULL,NULL);
INSERT INTO "comment" VALUES('9df7c0a3411a4fab89cdea8a78f6eebf','cb69d2e5ca864c18b489f6e30373965a','13a91aa35e044df09a50db82ae867cd9',NULL,NULL);
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
INSERT INTO "grade" VALUES('4d4ae5290e9d46f3aa5e933a3c81847c','0bf26a5372dc4763bc7f4023c65804ad','d22a3d572d454b7a88a205bdb80de312',5.0,NULL,NULL,0);
INSERT INTO "grade" VALUES('0c25f1c1b6a74bc3941c812b609af119','cb69d2e5ca864c18b489f6e30373965a','d22a3d572d454b7a88a205bdb80de312',4.0,4.5,NULL,0);
CREATE TABLE grade_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO "grade_cells" VALUES('d22a3d572d454b7a88a205bdb80de312',5.0,'code');
CREATE TABLE notebook (
	id VARCHAR(32) NOT NULL, 
	name VARCHAR(128) NOT NULL, 
	assignment_id VARCHAR(32), 
	kernelspec VARCHAR(1024), 
	PRIMARY KEY (id), 
	UNIQUE (name, assignment_id), 
	FOREIGN KEY(assignment_id) REFERENCES assignment (id)
);
INSERT INTO "notebook" VALUES('e60142df911f4c09a76fd7cf8b7665af','vectorization','18fe439505184b548b65080c64e521e6','{"display_name": "Python 3", "language": "python", "name": "python3"}');
CREATE TABLE solution_cells (
	id VARCHAR(32) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
INSERT INTO "solution_cells" VALUES('13a91aa35e044df09a50db82ae867cd9');
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
INSERT INTO "source_cell" VALUES('67738b2d6d6d4a7f91a8a9e4d6e3a88d','vector_add','code',0,'def vector_add(a, b):
    """Adds two tensors element by element.

    a, b: tensors of the same shape, any shape, and of the same dtype.
    Returns a new tensor of that shape and dtype; a and b stay as they are.

    >>> vector_add(torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0]))
    tensor([11., 22.])

    Hint: what does `+` do when both sides are tensors?
    """
    # YOUR CODE HERE, in place of this line and the next
    raise NotImplementedError("vector_add")  # delete this line when yours is written','4f52cf06f99dcab180b03696916cee10','e60142df911f4c09a76fd7cf8b7665af');
INSERT INTO "source_cell" VALUES('cfd706c431824347ada8129aff36b135','test_vector_add','code',1,'### BEGIN HIDDEN TESTS
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
    check("vector_add")','6989c8064381436666bc4f6934a7dd99','e60142df911f4c09a76fd7cf8b7665af');
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
INSERT INTO "submitted_assignment" VALUES('012e06a4e60644178d85a55255d40d84','18fe439505184b548b65080c64e521e6','ann',NULL,NULL);
INSERT INTO "submitted_assignment" VALUES('b0389d1585204f8f9d93cfa13e5f0e37','18fe439505184b548b65080c64e521e6','bob',NULL,NULL);
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
INSERT INTO "submitted_notebook" VALUES('0bf26a5372dc4763bc7f4023c65804ad','012e06a4e60644178d85a55255d40d84','e60142df911f4c09a76fd7cf8b7665af',0,NULL);
INSERT INTO "submitted_notebook" VALUES('cb69d2e5ca864c18b489f6e30373965a','b0389d1585204f8f9d93cfa13e5f0e37','e60142df911f4c09a76fd7cf8b7665af',0,NULL);
CREATE TABLE task_cells (
	id VARCHAR(32) NOT NULL, 
	max_score FLOAT NOT NULL, 
	cell_type VARCHAR(8) NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(id) REFERENCES base_cell (id)
);
COMMIT;