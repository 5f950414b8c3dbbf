/** The entry point of `incr` and `work`. */
import { REGISTRY } from "./registry.ts";
import { start } from "./start.ts";

start(REGISTRY);
