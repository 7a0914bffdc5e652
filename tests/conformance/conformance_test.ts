import { forEachSetting } from "./settings.ts";
import { SUITES } from "./suites.ts";

forEachSetting((setting, make) => {
  for (const { module, behaviours } of SUITES) {
    for (const { name, verdict, test } of behaviours) {
      Deno.test(`${module}.${name} (${verdict}; ${setting})`, async () => {
        using made = make();
        await test(made);
      });
    }
  }
});
