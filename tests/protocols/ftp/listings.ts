/**
 * Answers to LIST as servers give them, and what each line says. The source of every listing is
 * named; the lines are theirs, the readings are worked out by hand.
 *
 * @module
 */

import type { ListDialect } from "../../../protocols/ftp/list_reader.ts";
import type { Entry } from "../../../protocols/ftp/types.ts";

/** When the listings are read. */
export const NOW = new Date("2026-03-10T12:00:00Z");

/** What an entry says, in short: type, mode, owner, group, size, date, precision, name, target. */
export function brief(entry: Entry | undefined): string | undefined {
  return entry && [
    entry.type,
    entry.permissions?.toString(8),
    entry.owner,
    entry.group,
    entry.size,
    entry.modified?.toISOString().replace(/:00.000Z$/, "").replace(".000Z", ""),
    entry.precision,
    entry.name,
    entry.target,
  ].map((field) => field ?? "-").join("|");
}

/** A listing of one server. */
export interface Sample {
  /** Which server gave it. */
  server: string;
  /** How it lists. */
  dialect: ListDialect;
  /** Each line, and what it says; `null` where it is no entry. */
  lines: readonly (readonly [line: string, says: string | null])[];
}

/** Listings of all dialects. */
export const SAMPLES: readonly Sample[] = [
  {
    server: "vsftpd 3.0.3",
    dialect: "unix",
    lines: [
      [
        "drwxr-xr-x    2 65534    65534        4096 Mar 08 09:12 pub",
        "directory|755|65534|65534|4096|2026-03-08T09:12|minute|pub|-",
      ],
      [
        "-rw-------    1 0        0          123456 Dec 24  2019  leading space.bin",
        "file|600|0|0|123456|2019-12-24T00:00|day| leading space.bin|-",
      ],
    ],
  },
  {
    server: "GNU ls 9 in Debian, LANG=C, with ACLs and SELinux",
    dialect: "unix",
    lines: [
      ["total 20", null],
      [
        "drwxr-xr-x+ 4 alice users 4096 Feb 29  2024 acl",
        "directory|755|alice|users|4096|2024-02-29T00:00|day|acl|-",
      ],
      [
        "-rw-r--r--. 1 alice users  120 Mar  9 08:01 context.txt",
        "file|644|alice|users|120|2026-03-09T08:01|minute|context.txt|-",
      ],
      [
        "brw-rw---- 1 root disk 8, 0 Jan  5 10:00 sda",
        "other|660|root|disk|-|2026-01-05T10:00|minute|sda|-",
      ],
      [
        "crw--w---- 1 root tty 136, 0 Mar 10 12:00 0",
        "other|620|root|tty|-|2026-03-10T12:00|minute|0|-",
      ],
      [
        "prw-r--r-- 1 alice users 0 Mar 10 11:59 fifo",
        "other|644|alice|users|-|2026-03-10T11:59|minute|fifo|-",
      ],
      [
        "lrwxrwxrwx 1 alice users 11 Mar  1 10:00 latest -> releases/v2",
        "link|777|alice|users|11|2026-03-01T10:00|minute|latest|releases/v2",
      ],
    ],
  },
  {
    server: "GNU ls in German (de_DE.UTF-8)",
    dialect: "unix",
    lines: [
      ["insgesamt 12", null],
      [
        "-rw-r--r-- 1 eva users 5 Mär  1 10:00 a",
        "file|644|eva|users|5|2026-03-01T10:00|minute|a|-",
      ],
      [
        "-rw-r--r-- 1 eva users 5 Dez 24  2019 b",
        "file|644|eva|users|5|2019-12-24T00:00|day|b|-",
      ],
      [
        "-rw-r--r-- 1 eva users 5 24. Okt 2019 c",
        "file|644|eva|users|5|2019-10-24T00:00|day|c|-",
      ],
    ],
  },
  {
    server: "GNU ls in French (fr_FR.UTF-8)",
    dialect: "unix",
    lines: [
      [
        "-rw-r--r-- 1 eva users 5 14 févr. 2019 a",
        "file|644|eva|users|5|2019-02-14T00:00|day|a|-",
      ],
      [
        "-rw-r--r-- 1 eva users 5 14 juil. 09:30 b",
        "file|644|eva|users|5|2025-07-14T09:30|minute|b|-",
      ],
      ["-rw-r--r-- 1 eva users 5 août 14 2019 c", "file|644|eva|users|5|2019-08-14T00:00|day|c|-"],
    ],
  },
  {
    server: "ls in Japanese and Korean",
    dialect: "unix",
    lines: [
      ["合計 8", null],
      [
        "-rw-r--r-- 1 eva users 5  3月  9 08:01 a",
        "file|644|eva|users|5|2026-03-09T08:01|minute|a|-",
      ],
      [
        "-rw-r--r-- 1 root sys 5 8月20日 2005年 b",
        "file|644|root|sys|5|2005-08-20T00:00|day|b|-",
      ],
      ["-rw-r--r-- 1 eva users 5 12월 24 2019 c", "file|644|eva|users|5|2019-12-24T00:00|day|c|-"],
    ],
  },
  {
    server: "wu-ftpd 2.6, without a group",
    dialect: "unix",
    lines: [
      ["total 1", null],
      [
        "-rw-r--r--   1 root         1803128 Jul 10  1999 ls-lR.Z",
        "file|644|root|-|1803128|1999-07-10T00:00|day|ls-lR.Z|-",
      ],
    ],
  },
  {
    server: "NetWare (NWFTPD), rights in brackets",
    dialect: "unix",
    lines: [
      ["total 0", null],
      [
        "d [R----F--] supervisor            512       Jan 16 18:53    login",
        "directory|-|supervisor|-|512|2026-01-16T18:53|minute|login|-",
      ],
      [
        "- [R----F--] rhesus             214059       Oct 20 15:27    cx.exe",
        "file|-|rhesus|-|214059|2025-10-20T15:27|minute|cx.exe|-",
      ],
      [
        "d   [RWCEAFMS] supervisor            512       Jul 19  2004    two words",
        "directory|-|supervisor|-|512|2004-07-19T00:00|day|two words|-",
      ],
      [
        "-[RWCEMFA-] BAdmin                7045 Nov  6  2003 WEB_INF.ZIP",
        "file|-|BAdmin|-|7045|2003-11-06T00:00|day|WEB_INF.ZIP|-",
      ],
    ],
  },
  {
    server: "NetPresenz for the Macintosh",
    dialect: "unix",
    lines: [
      [
        "-------r--         326  1391972  1392298 Nov 22  1995 MegaPhone.sit",
        "file|4|1391972|-|1392298|1995-11-22T00:00|day|MegaPhone.sit|-",
      ],
      [
        "drwxrwxr-x               folder        2 May 10  1996 network",
        "directory|775|-|-|2|1996-05-10T00:00|day|network|-",
      ],
    ],
  },
  {
    server: "IIS 10, MS-DOS style",
    dialect: "dos",
    lines: [
      [
        "03-10-26  11:02AM       <DIR>          aspnet_client",
        "directory|-|-|-|-|2026-03-10T11:02|minute|aspnet_client|-",
      ],
      [
        "12-24-19  12:00AM               689914 two words.zip",
        "file|-|-|-|689914|2019-12-24T00:00|minute|two words.zip|-",
      ],
    ],
  },
  {
    server: "IIS 10, four-digit years; Windows with 24 hours",
    dialect: "dos",
    lines: [
      [
        "02-29-2024  12:30PM       <DIR>          leap",
        "directory|-|-|-|-|2024-02-29T12:30|minute|leap|-",
      ],
      ["12-24-2019  23:59                    7 b", "file|-|-|-|7|2019-12-24T23:59|minute|b|-"],
    ],
  },
  {
    server: "dir of a German Windows",
    dialect: "dos",
    lines: [
      [
        "24.12.2019  23:59    <DIR>          Programme",
        "directory|-|-|-|-|2019-12-24T23:59|minute|Programme|-",
      ],
      [
        "24.12.2019  23:59         1.234.567 b",
        "file|-|-|-|1234567|2019-12-24T23:59|minute|b|-",
      ],
      [
        "01.02.2020  03:04    <JUNCTION>     Dokumente [C:\\Users\\eva]",
        "link|-|-|-|-|2020-02-01T03:04|minute|Dokumente|C:\\Users\\eva",
      ],
    ],
  },
  {
    server: "publicfile and anonftpd (EPLF)",
    dialect: "eplf",
    lines: [
      [
        "+i8388621.29609,m824255902,/,\tdev",
        "directory|-|-|-|-|1996-02-13T23:58:22|second|dev|-",
      ],
      [
        "+i8388621.44468,m839956783,r,s10376,\tRFCEPLF",
        "file|-|-|-|10376|1996-08-13T17:19:43|second|RFCEPLF|-",
      ],
      ["+r,up644,s0,\ta\tb", "file|644|-|-|0|-|-|a\tb|-"],
      ["+/,up755,\tdir", "directory|755|-|-|-|-|-|dir|-"],
      ["+m8640000000001,\tx", "other|-|-|-|-|-|-|x|-"],
    ],
  },
  {
    server: "MultiNet on OpenVMS",
    dialect: "vms",
    lines: [
      ["", null],
      ["Directory DISK$WAC2:[BINKLEY]", null],
      ["", null],
      [
        "CII-MANUAL.TEX;1  213/216  29-JAN-1996 03:33:12  [ANONYMOU,ANONYMOUS]   (RWED,RWED,,)",
        "file|-|ANONYMOUS|ANONYMOU|-|1996-01-29T03:33:12|second|CII-MANUAL.TEX|-",
      ],
      [
        "CORE.DIR;1          1  8-SEP-1996 16:09 [SYSTEM] (RWE,RWE,RE,RE)",
        "directory|-|SYSTEM|-|-|1996-09-08T16:09|minute|CORE|-",
      ],
      [
        "LOGIN.COM;12  3/9  5-JUN-1998 07:32:24.55",
        "file|-|-|-|-|1998-06-05T07:32:24|second|LOGIN.COM|-",
      ],
      ["LOGIN.COM;11  3/9  4-JUN-1998 07:32:24.55", null],
      ["VERY_LONG_NAME_OF_A_FILE_THAT_FILLS_ITS_COLUMN.TXT;1", null],
      [
        "                    2  30-DEC-1996 17:44 [SYSTEM] (RWED,RWED,RE,RE)",
        "file|-|SYSTEM|-|-|1996-12-30T17:44|minute|VERY_LONG_NAME_OF_A_FILE_THAT_FILLS_ITS_COLUMN.TXT|-",
      ],
      [
        "ACCOUNTING.DIR;1    %RMS-E-PRV, insufficient privilege or file protection violation",
        "directory|-|-|-|-|-|-|ACCOUNTING|-",
      ],
      ["", null],
      ["Total of 6 files, 221 blocks.", null],
    ],
  },
  {
    server: "z/OS, data sets",
    dialect: "mvs",
    lines: [
      ["Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname", null],
      [
        "B10142 3390   2006/03/20  2   31  F       80    80  PS   MDI.OKL.WORK",
        "file|-|-|-|-|2006-03-20T00:00|day|MDI.OKL.WORK|-",
      ],
      [
        "SAVE00 3390   2004/06/23  1    1  FB     128  6144  PO   INCOMING.RPTBM023.D061704",
        "directory|-|-|-|-|2004-06-23T00:00|day|INCOMING.RPTBM023.D061704|-",
      ],
      [
        "SAVE00 3390   **NONE**    1   15  NONE     0     0  PO-E DEV.DSN.FB80",
        "directory|-|-|-|-|-|-|DEV.DSN.FB80|-",
      ],
      [
        "ARCIVE Not Direct Access Device    KJ.IOP998.ERROR.PL.UNITTEST",
        "file|-|-|-|-|-|-|KJ.IOP998.ERROR.PL.UNITTEST|-",
      ],
      [
        "Migrated                                                SMITH.NOTES",
        "file|-|-|-|-|-|-|SMITH.NOTES|-",
      ],
      [
        "Pseudo Directory                                        SMITH",
        "directory|-|-|-|-|-|-|SMITH|-",
      ],
    ],
  },
  {
    server: "z/OS, members of a partitioned data set",
    dialect: "mvs",
    lines: [
      [" Name     VV.MM   Created       Changed      Size  Init   Mod   Id", null],
      [
        "TBSHELF   01.03 2002/09/12 2002/10/11 09:37    11    11     0 KIL001",
        "file|-|KIL001|-|-|2002-10-11T09:37|minute|TBSHELF|-",
      ],
      ["TBTOOL", "file|-|-|-|-|-|-|TBTOOL|-"],
    ],
  },
  {
    server: "z/OS, load modules",
    dialect: "mvs",
    lines: [
      [
        " Name      Size     TTR   Alias-of AC --------- Attributes --------- Amode Rmode",
        null,
      ],
      [
        "DSNCLI    00024C08 000002          00 FO                      RN RU    31    ANY",
        "file|-|-|-|150536|-|-|DSNCLI|-",
      ],
    ],
  },
  {
    server: "z/OS, jobs (JESINTERFACELEVEL 2)",
    dialect: "mvs",
    lines: [
      ["JOBNAME  JOBID    OWNER    STATUS CLASS", null],
      [
        "ALKIL001 JOB06906 ALKIL00  OUTPUT A        RC=0000  5 spool files",
        "file|-|ALKIL00|-|-|-|-|JOB06906|-",
      ],
    ],
  },
  {
    server: "OS/400 V5R2",
    dialect: "os400",
    lines: [
      [
        "QSYS             77824 12/17/01 15:33:14 *DIR       QOpenSys/",
        "directory|-|QSYS|-|-|2001-12-17T15:33:14|second|QOpenSys|-",
      ],
      [
        "QDOC             83968 24/04/03 13:01:40 *FLR       QDLS/",
        "directory|-|QDOC|-|-|2003-04-24T13:01:40|second|QDLS|-",
      ],
      [
        "PEP              36864 2004/06/24 14:06:34 *STMF      a file.txt",
        "file|-|PEP|-|36864|2004-06-24T14:06:34|second|a file.txt|-",
      ],
      [
        "PEP               4019 24.06.04 14:06:34 *FILE      MYFILE.FILE",
        "file|-|PEP|-|4019|2004-06-24T14:06:34|second|MYFILE.FILE|-",
      ],
      [
        "                                         *MEM       CPYLIB/FIRSTMEM.MBR",
        "file|-|-|-|-|-|-|CPYLIB/FIRSTMEM.MBR|-",
      ],
      [
        "QSYS             17 01/02/05 01:02:03 *SYMLNK    l",
        "other|-|QSYS|-|17|2005-01-02T01:02:03|second|l|-",
      ],
    ],
  },
  {
    server: "HP NonStop (Tandem Guardian)",
    dialect: "nonstop",
    lines: [
      ["File         Code             EOF  Last Modification    Owner  RWEP", null],
      [
        'IARPTS        101            16384 18-Mar-09 15:09:12 244, 10 "nnnn"',
        "file|-|244,10|-|16384|2009-03-18T15:09:12|second|IARPTS|-",
      ],
      [
        'JENNYCB2 O    500            2048 03-Sep-2010  9:57:32 200,201 "oooo"',
        "file|-|200,201|-|2048|2010-09-03T09:57:32|second|JENNYCB2|-",
      ],
    ],
  },
  {
    server: "OS/2 Warp",
    dialect: "os2",
    lines: [
      [
        "                 0           DIR   05-12-97   16:44  PSFONTS",
        "directory|-|-|-|-|1997-05-12T16:44|minute|PSFONTS|-",
      ],
      [
        "             36611      A          04-23-103   10:57  OS2 test1.file",
        "file|-|-|-|36611|2003-04-23T10:57|minute|OS2 test1.file|-",
      ],
      [
        "                 0           DIR   05-12-97   16:44  ..",
        "directory|-|-|-|-|1997-05-12T16:44|minute|..|-",
      ],
    ],
  },
  {
    server: "servers that answer LIST as they would MLSD",
    dialect: "mlsd",
    lines: [
      [
        "type=file;size=3;modify=20191224235959; a b",
        "file|-|-|-|3|2019-12-24T23:59:59|second|a b|-",
      ],
    ],
  },
];
