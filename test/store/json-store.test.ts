import { makeTempDir } from "../support/temp.ts";
import { createJsonStore } from "../../src/store/json-store.ts";
import { storeConformance } from "./conformance.ts";

storeConformance("JSON files", async () => {
  const dir = makeTempDir();
  const open = () => createJsonStore({ dir, fsync: false });
  return { store: open(), open };
});
