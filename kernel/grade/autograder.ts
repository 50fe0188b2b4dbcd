/**
 * Gradescope's autograder for an assignment: the archive that its page "Configure Autograder" takes. `setup.sh` installs Node
 * and chainrule when the image is built, `run_autograder` grades one submission and writes its results.json.
 * Described at https://gradescope-autograders.readthedocs.io/en/latest/
 */
import { zipSync } from "fflate";
import { formatNotebook } from "../notebook/format.js";
import type { Notebook } from "../notebook/format.js";

/** The scripts must be executable: the mode of a Unix file, in the archive's upper 16 bits. */
const EXECUTABLE = (0o100755 << 16) >>> 0;
const PLAIN = (0o100644 << 16) >>> 0;

/**
 * @param source the instructor's notebook: students cannot see the archive
 * @param version of chainrule, which the image installs
 */
export function autograderOf(source: Notebook, version: string): Uint8Array {
  const text = new TextEncoder();
  const file = (content: string, attrs: number): [Uint8Array, { os: number; attrs: number; mtime: Date }] => [
    text.encode(content),
    // The same source gives the same archive.
    { os: 3, attrs, mtime: new Date(2026, 0, 1) },
  ];
  return zipSync({
    "setup.sh": file(setup(version), EXECUTABLE),
    run_autograder: file(RUN, EXECUTABLE),
    "source.ipynb": file(formatNotebook(source), PLAIN),
  });
}

function setup(version: string): string {
  return `#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: Node and chainrule.
set -euo pipefail
node_version=22.23.3
case "$(uname -m)" in x86_64) arch=x64 ;; aarch64) arch=arm64 ;; *) echo "no Node for $(uname -m)" >&2; exit 1 ;; esac
apt-get update
apt-get install -y curl xz-utils
curl -fsSL "https://nodejs.org/dist/v$node_version/node-v$node_version-linux-$arch.tar.xz" | tar -xJ -C /usr/local --strip-components=1
mkdir -p /opt/chainrule
cd /opt/chainrule
npm init -y >/dev/null
npm install --no-audit --no-fund chainrule@${version}
`;
}

/** AUTOGRADER and CHAINRULE are for trying it elsewhere. */
const RUN = `#!/usr/bin/env bash
# Runs for each submission: grades the notebook in /autograder/submission and writes /autograder/results/results.json.
set -uo pipefail
root=\${AUTOGRADER:-/autograder}
chainrule=\${CHAINRULE:-/opt/chainrule/node_modules/.bin/chainrule}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$root/results"

# What the student reads when no notebook could be graded.
fail() {
  node -e 'process.stdout.write(JSON.stringify({ score: 0, output: process.argv[1], visibility: "visible" }))' "$1" > "$root/results/results.json"
  exit 0
}

mapfile -d '' -t notebooks < <(find "$root/submission" -name '*.ipynb' -not -path '*/.*' -print0)
[ "\${#notebooks[@]}" -gt 0 ] || fail "There is no notebook in the submission: hand in the .ipynb file."
[ "\${#notebooks[@]}" -eq 1 ] || fail "There is more than one notebook in the submission: hand in one .ipynb file."
cp "\${notebooks[0]}" "$work/submission.ipynb"
"$chainrule" grade "$work/submission.ipynb" --source "$root/source/source.ipynb" --gradescope --seed "\${SEED:-1}" --out "$work/graded" > "$work/log" 2>&1
cat "$work/log"
results="$work/graded/submission.gradescope.json"
[ -s "$results" ] || fail "The notebook could not be graded: $(tail -n 1 "$work/log")"
cp "$results" "$root/results/results.json"
`;
