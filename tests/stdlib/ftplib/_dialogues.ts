/**
 * What is said when the file `f`, of ten bytes, is fetched.
 *
 * @module
 */

/** The client asks for a port. */
export const PASSIVE = "C: EPSV\nS: 229 ok (|||{port}|)";

/** The dialogue up to the data. */
export const BEGIN = `
  C: TYPE I
  S: 200 ok
  C: SIZE f
  S: 213 10
  ${PASSIVE}
  C: RETR f
  S: 150 Opening f (10 bytes).
`;
/** All of it. */
export const TEN = `${BEGIN}
  D= 0123456789
  S: 226 done
`;
/** What follows on a session that knows by now that the server tells the size. */
export const AGAIN = `
  ${PASSIVE}
  C: RETR f
  S: 150 Opening f (10 bytes).
  D= 0123456789
  S: 226 done
`;
