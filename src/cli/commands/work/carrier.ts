import { findRepoSlug } from "../../../usecases/repository.ts";
import { findConductor } from "../../../usecases/stream/conductor.ts";
import type { ConductBegan } from "../../../domain/stream/conduct.ts";
import type { Context } from "../../context.ts";
import { openConduct } from "./conduct-world.ts";

type Carrier = Pick<ConductBegan, "batches" | "where" | "attach"> & { pid: number };

/** The process that carries out batches of the stream now, once what died is settled; null if there is none. */
export async function findCarrier(ctx: Context, name: string | undefined): Promise<Carrier | null> {
  const { app, stream } = await openConduct(ctx, name);
  const repo = app.repository === null ? null : await findRepoSlug(app);
  const found = repo === null ? null : findConductor(app, app.conduct.log(repo, stream.entry.id));
  if (found === null) return null;
  const { process, batches, where, attach } = found;
  return { pid: process.pid, batches, where, attach };
}
