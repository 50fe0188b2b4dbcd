/** Rosters as Canvas and Moodle export them, and whose a file is by the names that they give to downloads. */
import { describe, expect, it } from "vitest";
import { identify, nameToTakeBack } from "../../../../kernel/grade/class/identify.js";
import { rosterOf } from "../../../../kernel/grade/class/roster.js";
import { noFormula, readTable, tableToCsv } from "../../../../kernel/grade/class/table.js";
import { GradeError } from "../../../../kernel/grade/sources.js";

const roster = (text: string) => rosterOf(readTable("roster.csv", text));

const canvas = roster(`Student,ID,SIS User ID,SIS Login ID,Section,P1 (4711)
    Points Possible,,,,,18.00
"Lovelace, Ada",101,s-01,ada@uni.edu,A,
"Müller, Jörg Peter",102,s-02,jp,A,
"Jones, Ann",103,s-03,ann,B,
"Jones, Ann",104,s-04,annj,B,
"Student, Test",999,,abc123,A,
`);
const moodle = roster(
  "\uFEFFIdentifier,Full name,Email address,Status,Grade\nParticipant 41,Ada Lovelace,ada@uni.edu,,\nParticipant 42,José Núñez,jn@uni.edu,,\n",
);

describe("a roster", () => {
  it("is read from Canvas's gradebook, without the rows that are no students", () => {
    expect(canvas.kind).toBe("canvas");
    expect(canvas.students.map(({ id }) => id)).toEqual(["101", "102", "103", "104"]);
    expect(canvas.students[0]).toEqual({
      id: "101",
      name: "Lovelace, Ada",
      keys: ["ada@uni.edu", "ada", "s-01", "101"],
    });
  });

  it("is read from Moodle's worksheet and from its participants, with commas or semicolons", () => {
    expect(moodle).toMatchObject({
      kind: "moodle",
      students: [{ id: "41", name: "Ada Lovelace" }, { id: "42" }],
    });
    const participants = roster("First name;Last name;ID number;Email address\nAda;Lovelace;;ada@uni.edu\n");
    expect(participants.students).toEqual([
      { id: "ada@uni.edu", name: "Ada Lovelace", keys: ["ada@uni.edu", "ada"] },
    ]);
  });

  it("may be a table of one's own", () => {
    expect(roster("Name,Email\nAda,ada@uni.edu\n").students[0]).toMatchObject({
      id: "ada@uni.edu",
      name: "Ada",
    });
  });

  it.each([
    ["has the columns Nom, Prénom", "Nom,Prénom\na,b\n"],
    ["Ada and Ben have the same ID", "name,id\nAda,1\nBen,1\n"],
    ["row 2 has no name", "name,id\nAda,1\n,2\n"],
    ["row 1 has no ID", "name,id\nAda,\n"],
    ["names no student", "name,id\n"],
    ["the file is empty", ""],
    ["row 1 has 3 cells", "name,id\nLovelace, Ada,1\n"],
    ['two columns are called "id"', "name,id,id\n"],
  ])("is refused: %s", (words, text) => {
    expect(() => roster(text)).toThrow(words);
    expect(() => roster(text)).toThrow(GradeError);
  });
});

describe("whose a file is", () => {
  it.each([
    ["bulk.zip/lovelaceada_101_5551_p1.ipynb", "101"],
    // The number decides between two of one name.
    ["bulk.zip/jonesann_104_5552_p1-1.ipynb", "104"],
    ["submitted/ada@uni.edu/p1/p1.ipynb", "101"],
    ["submitted/jp/p1/p1.ipynb", "102"],
    ["x/s-02_p1.ipynb", "102"],
    ["x/p1-S-04.ipynb", "104"],
    ["x/Jörg Peter Müller/p1.ipynb", "102"],
    ["x/mullerjorgpeter_p1.ipynb", "102"],
    // A key is more than a name, and inside a word it is none.
    ["x/Jones, Ann/s-03.ipynb", "103"],
    ["x/adagio/s-02 p1.ipynb", "102"],
    // A login of letters counts alone, not as a part of a name.
    ["x/ann/p1.ipynb", "103"],
  ])("%s", (file, id) => {
    expect(identify(file, canvas)).toMatchObject({ student: { id } });
  });

  it("is told by Moodle's names, as folders and as files", () => {
    for (const file of [
      "m.zip/Ada Lovelace_41_assignsubmission_file_/p1.ipynb",
      // Moodle 4.1 and later.
      "m.zip/Ada Lovelace_41_assignsubmission_file/p1.ipynb",
      "m.zip/Ada Lovelace_41_assignsubmission_file_p1.ipynb",
      // The roster is not the worksheet's, and has no such number: the name is left.
      "m.zip/Ada Lovelace_7_assignsubmission_file_/p1.ipynb",
    ])
      expect(identify(file, moodle)).toMatchObject({ student: { id: "41" } });
    expect(identify("Jose Nunez_9_assignsubmission_file_/p1.ipynb", moodle)).toMatchObject({
      student: { id: "42" },
    });
  });

  it("is not guessed", () => {
    expect(identify("x/Ann Jones/p1.ipynb", canvas)).toEqual({
      student: undefined,
      why: "its name fits Jones, Ann (103) and Jones, Ann (104)",
    });
    expect(identify("x/adagio/p1.ipynb", canvas)).toMatchObject({
      why: "no student of the roster fits its name",
    });
  });

  it("is not what a student writes into the file's own name", () => {
    // The system's part of the name says it alone.
    expect(identify("b.zip/lovelaceada_101_5551_jp_102_5552_s-02.ipynb", canvas)).toMatchObject({
      student: { id: "101" },
    });
    for (const own of ["jn@uni.edu.ipynb", "José Núñez_42_assignsubmission_file_.ipynb", "José Núñez.ipynb"])
      for (const number of [41, 7])
        expect(identify(`m.zip/Ada Lovelace_${number}_assignsubmission_file_/${own}`, moodle)).toMatchObject({
          student: { id: "41" },
        });
    // Without one, the folder and the file must not contradict each other.
    expect(identify("submitted/ada/p1/s-02.ipynb", canvas)).toEqual({
      student: undefined,
      why: "its name fits Lovelace, Ada (101) and Müller, Jörg Peter (102)",
    });
    expect(identify("b.zip/lovelaceada_555_5551_p1.ipynb", canvas)).toMatchObject({ student: undefined });
  });

  it("decides the name under which a report goes back", () => {
    const name = (file: string, roster = moodle) => nameToTakeBack(file, roster, "p1-41.html");
    const folder = "Ada J. Lovelace_41_assignsubmission_file";
    expect(name(`x/m.zip/${folder}/part/p1.ipynb`)).toBe(`${folder}/p1-41.html`);
    expect(name(`m.zip/${folder}_p1.ipynb`)).toBe(`${folder}_p1.html`);
    expect(name("b.zip/lovelaceada_LATE_101_5551_p1-1.ipynb", canvas)).toBe(
      "lovelaceada_LATE_101_5551_p1-1.html",
    );
    expect(name("b.zip/lovelaceada_101_5551_work.zip/p1.ipynb", canvas)).toBe(
      "lovelaceada_101_5551_work.html",
    );
    // A file that came otherwise goes back otherwise.
    expect(name("submitted/ada/p1/p1.ipynb", canvas)).toBeUndefined();
    expect(name("b.zip/lovelaceada_101_5551_p1.ipynb")).toBeUndefined();
  });

  it("comes with Canvas's mark of lateness", () => {
    expect(identify("b.zip/lovelaceada_LATE_101_5551_p1.ipynb", canvas)).toMatchObject({
      student: { id: "101" },
      markedLate: true,
    });
    expect(identify("b.zip/lovelaceada_101_5551_p1.ipynb", canvas)).toMatchObject({ markedLate: false });
  });
});

it("writes a table that is read back as it was", () => {
  const rows = [
    { a: 'say "no"', b: "1,5\nx" },
    { a: "", b: "=x" },
  ];
  expect(readTable("t", tableToCsv(["a", "b"], rows)).rows).toEqual(rows);
  expect(noFormula("=cmd()")).toBe("'=cmd()");
});
