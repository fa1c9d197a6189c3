// @ts-types="../types/std_assert.d.ts"
import { assertEquals } from "@std/assert";
import { parseJunit } from "./junit.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="2" errors="0" time="0.129">
    <testsuite name="./fs/a_test.ts" tests="5" disabled="1" errors="0" failures="2">
        <testcase name="a() gives &quot;&lt;b&gt;&quot; &amp; c" classname="./fs/a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="a() is left out" classname="./fs/a_test.ts" time="0.000" line="2" col="6">
            <skipped/>
        </testcase>
        <testcase name="a() throws" classname="./fs/a_test.ts" time="0.000" line="3" col="6">
            <failure message="Uncaught Error: no &lt;skipped/&gt;">Error: no
    at file:///fs/a_test.ts:3:32</failure>
        </testcase>
        <testcase name="a() throws &gt; in a step" classname="./fs/a_test.ts" time="0.000" line="3" col="9">
            <failure message="1 test step failed">1 test step failed.</failure>
        </testcase>
        <testcase name="a() makes 2 &gt; 1 true" classname="./fs/a_test.ts" time="0.000" line="5" col="6">
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("parseJunit() reads file, name and outcome of every test, and leaves steps out", () => {
  assertEquals(parseJunit(REPORT), [
    { file: "fs/a_test.ts", name: 'a() gives "<b>" & c', outcome: "passed" },
    { file: "fs/a_test.ts", name: "a() is left out", outcome: "skipped" },
    { file: "fs/a_test.ts", name: "a() throws", outcome: "failed" },
    { file: "fs/a_test.ts", name: "a() makes 2 > 1 true", outcome: "passed" },
  ]);
});

Deno.test("parseJunit() gives nothing for a report without tests", () => {
  assertEquals(parseJunit('<testsuites name="deno test" tests="0"></testsuites>'), []);
});
