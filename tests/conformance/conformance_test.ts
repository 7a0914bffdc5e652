import { isAtLeast } from "../../net/runtime.ts";
import { forEachSetting } from "./settings.ts";
import { SUITES } from "./suites.ts";

forEachSetting((setting, make) => {
  for (const { module, behaviours } of SUITES) {
    for (const { name, verdict, test, needs } of behaviours) {
      const ignore = needs !== undefined && !isAtLeast(needs);
      const lacks = ignore ? `; needs Deno ${needs}` : "";
      Deno.test({
        name: `${module}.${name} (${verdict}; ${setting}${lacks})`,
        ignore,
        async fn() {
          using made = make();
          await test(made);
        },
      });
    }
  }
});
