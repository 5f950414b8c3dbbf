import { VERSION } from "./version.ts";
process.stdout.write(`incr ${VERSION}\n`);
