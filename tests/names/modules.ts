/**
 * The modules whose names are compared, each with Python's list and our table.
 *
 * @module
 */

import type { NameTable, PythonModule } from "./mapping.ts";
import pythonAsyncio from "./python/asyncio.json" with { type: "json" };
import pythonFtplib from "./python/ftplib.json" with { type: "json" };
import pythonNetrc from "./python/netrc.json" with { type: "json" };
import pythonSmtpd from "./python/smtpd.json" with { type: "json" };
import pythonSmtplib from "./python/smtplib.json" with { type: "json" };
import asyncioTable from "./tables/asyncio.json" with { type: "json" };
import ftplibTable from "./tables/ftplib.json" with { type: "json" };
import netrcTable from "./tables/netrc.json" with { type: "json" };
import smtpdTable from "./tables/smtpd.json" with { type: "json" };
import smtplibTable from "./tables/smtplib.json" with { type: "json" };

/** A Python module beside ours. */
export interface Pair {
  /** What Python offers. */
  python: PythonModule;
  /** Our module, as a path inside the project. */
  path: string;
  /** Where the two differ. */
  table: NameTable;
}

/** Every module that has been ported. */
export const MODULES: readonly Pair[] = [
  { python: pythonAsyncio as PythonModule, path: "stdlib/asyncio.ts", table: asyncioTable },
  { python: pythonFtplib as PythonModule, path: "stdlib/ftplib/mod.ts", table: ftplibTable },
  { python: pythonNetrc as PythonModule, path: "stdlib/netrc.ts", table: netrcTable },
  { python: pythonSmtplib as PythonModule, path: "stdlib/smtplib/mod.ts", table: smtplibTable },
  { python: pythonSmtpd as PythonModule, path: "stdlib/smtpd/mod.ts", table: smtpdTable },
];
