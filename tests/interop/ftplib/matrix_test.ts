import { interopTest } from "../interop.ts";
import { Column, expected, MODES, OPERATIONS } from "./matrix.ts";
import { nameOf, PLACES } from "./places.ts";

for (const place of PLACES) {
  for (const mode of MODES) {
    interopTest(
      `ftplib on ${nameOf(place)}, ${mode}`,
      { needs: [place.program] },
      async (context) => {
        await using column = await Column.start(place, mode);
        for (const operation of OPERATIONS) {
          const cell = expected(operation, place, mode);
          const name = cell.ok ? operation.name : `${operation.name} (not possible: ${cell.why})`;
          await context.step(name, () => column.run(operation));
        }
      },
    );
  }
}
