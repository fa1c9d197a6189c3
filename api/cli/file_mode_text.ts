/** File modes as the machine service tells them: the bits of Go's fs.FileMode, which are not those of stat(2). */

/** Bit by bit: the letter it stands for at the front. */
const TYPE_LETTERS = [[31, "d"], [27, "L"], [26, "D"], [25, "p"], [24, "S"], [19, "?"]] as const;

/** Set-user-ID, set-group-ID and sticky: where their letter stands, and the letter with and without execution. */
const SPECIAL = [[23, 3, "s", "S"], [22, 6, "s", "S"], [20, 9, "t", "T"]] as const;

/** Like ls(1): `drwxr-xr-x`. */
export function fileModeText(mode: number): string {
  const has = (bit: number): boolean => (mode >>> bit & 1) === 1;
  const letter = TYPE_LETTERS.find(([bit]) => has(bit))?.[1] ?? "-";
  const front = letter === "L"
    ? "l"
    : letter === "D"
    ? (has(21) ? "c" : "b")
    : letter === "S"
    ? "s"
    : letter;
  const letters = [front, ...Array.from("rwxrwxrwx", (each, index) => has(8 - index) ? each : "-")];
  for (const [bit, place, executable, plain] of SPECIAL) {
    if (has(bit)) letters[place] = letters[place] === "x" ? executable : plain;
  }
  return letters.join("");
}
