import type { Dial } from "../../net/byte_stream.ts";
import { openConnection } from "../../net/streams/connect.ts";
import { httpProxy, socks5Proxy } from "../../net/proxies/proxy.ts";
import { saying, start, startSocks } from "../peers/proxies.ts";
import { isShown } from "./errors_page.ts";

const at = ({ port }: { port: number }) => ({ hostname: "127.0.0.1", port });
const isShownBy = (dial: Dial) => isShown(() => openConnection("mail.example.org", 25, { dial }));

Deno.test("The errors page shows what proxies say", async () => {
  for (const status of ["407 Proxy Authentication Required", "403 Forbidden"]) {
    await using proxy = await start((client) => saying(client, `HTTP/1.1 ${status}\r\n\r\n`));
    await isShownBy(httpProxy(at(proxy)));
  }
  await using refusing = await startSocks({ refusal: 5 });
  await isShownBy(socks5Proxy(at(refusing)));
  await using other = await start((client) => saying(client, "HTTP/1.1 400 Bad Request\r\n\r\n"));
  await isShownBy(socks5Proxy(at(other)));
  const gone = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  gone.close();
  await isShownBy(socks5Proxy(at(gone.addr)));
});
