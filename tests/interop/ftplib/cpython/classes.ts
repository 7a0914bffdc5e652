/**
 * Every class of CPython's tests of ftplib, and the one name that is tested elsewhere.
 *
 * @module
 */

import { Cases } from "./case.ts";
import { addSessionCases } from "./ftp_class.ts";
import { addDataCases } from "./ftp_class_data.ts";
import { addIPv6Cases } from "./ipv6.ts";
import { addTimeoutCases } from "./timeouts.ts";
import { addTlsCases } from "./tls_class.ts";

/** The classes, by their names there. */
export const CLASSES: readonly Cases[] = [
  withCases(new Cases("TestFTPClass", {}), addSessionCases, addDataCases),
  // CPython's repeats every case of the first, with TLS.
  withCases(new Cases("TestTLS_FTPClassMixin", { tls: true }), addSessionCases, addDataCases),
  withCases(new Cases("TestIPv6Environment", { host: "::1" }), addIPv6Cases),
  withCases(new Cases("TestTLS_FTPClass", { tls: true }), addTlsCases),
  withCases(new Cases("TestTimeouts"), addTimeoutCases),
];

/** What stands elsewhere: CPython's name, and where. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  "TestFtpcpSecurity.test_ftpcp_ignores_untrusted_pasv_host":
    "tests/stdlib/ftplib/ftpcp_test.ts, with both servers scripted",
  "TestFtpcpSecurity.test_ftpcp_trust_server_pasv_ipv4_address":
    "tests/stdlib/ftplib/ftpcp_test.ts, with both servers scripted",
  "MiscTestCase.test__all__": "docs/from-python.md, and the tests of names behind it",
};

function withCases(cases: Cases, ...adders: ((cases: Cases) => void)[]): Cases {
  for (const add of adders) add(cases);
  return cases;
}
