// Answers, on standard output, what is asked as JSON on standard input.
import { readFileSync } from "node:fs";
import { answer } from "./explorables_asked.js";

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
