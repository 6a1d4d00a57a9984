/* SPDX-License-Identifier: BSD-3-Clause */
/* The commands of the tool. */
#include "cli/command.h"

#include "cli/audit-filter.h"
#include "cli/choice.h"
#include "cli/request.h"

#include <limits.h>

#define EVERYWHERE                                                             \
    (OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_JSON) |                     \
     OPTION_BIT(OPTION_VERBOSE) | OPTION_BIT(OPTION_HELP))

/* Of those about what is on a token. */
#define ON_TOKEN                                                               \
    (EVERYWHERE | OPTION_BIT(OPTION_LOGIN) | OPTION_BIT(OPTION_PIN_SOURCE))

/* Of those that need no configuration. */
#define ALONE (OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP))

/* Of those that all running processes obey. */
#define FOR_ALL                                                                \
    (ALONE | OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_ALL_TOKENS) |       \
     OPTION_BIT(OPTION_WAIT))

/* Of those that may need one to know which log is meant. */
#define OF_LOG (ALONE | OPTION_BIT(OPTION_CONFIG))

const struct command commands[] = {
    { .name = "check",
      .operands = "[FILE]",
      .most_operands = 1,
      .options =
          EVERYWHERE | OPTION_BIT(OPTION_AS) | OPTION_BIT(OPTION_NO_MODULES),
      .help = "say what is wrong with the configuration",
      .about =
          "Every mistake in FILE, or in the configuration that applies, is a "
          "line. If there\nis none, the modules are started, and what does not "
          "fit the tokens they show is\na line too. Lines that begin with "
          "\"warning\" do not keep applications from\nworking.\n",
      .wrong = "there are mistakes, with which applications do not start",
      .run = cmd_check },
    { .name = "slots",
      .operands = "",
      .options = EVERYWHERE | OPTION_BIT(OPTION_LABELS),
      .help = "list the slots, their tokens, and the modules behind them",
      .about =
          "What applications see, and where it leads. \"Slot there\" is the "
          "number that the\nmodule itself has for the slot. Numbers of tokens "
          "that the configuration does\nnot name are kept in the state folder "
          "where it may be written.\n",
      .wrong = "applications do not start with this configuration",
      .run = cmd_slots },
    { .name = "modules",
      .operands = "",
      .options = EVERYWHERE,
      .help = "list the modules, and why those that are down are",
      .about =
          "Each module is loaded and started once. \"Interface\" is the "
          "version "
          "of PKCS#11\nthat it speaks, \"profile\" what p11mux knows of its "
          "kind.\n",
      .wrong = "a module is down",
      .run = cmd_modules },
    { .name = "objects",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ON_TOKEN,
      .help = "list the keys, certificates and data of a token",
      .about =
          "TOKEN is a label or the number of a slot. Private objects are only "
          "seen after a\nlogin. A fingerprint is the SHA-256 of the public key "
          "(its SubjectPublicKeyInfo);\nthe table shows how it begins. It is "
          "the same for both halves of a key and its\ncertificate, on every "
          "token.\n",
      .wrong = "there is no such token, or it refuses",
      .run = cmd_objects },
    { .name = "group",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ON_TOKEN,
      .help = "show the members of a group, and how they differ",
      .about =
          "TOKEN is the label, or the number of the slot, of a token with "
          "several members. What\neach holds is counted, and what not all of "
          "them have that are there is listed; with\n--json everything is. "
          "Private objects are only seen after a login. The same CKA_ID\nwith "
          "another public key is another object.\n",
      .wrong = "there is no such group, or it refuses",
      .run = cmd_group },
    { .name = "login",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = EVERYWHERE | OPTION_BIT(OPTION_SO) | OPTION_BIT(OPTION_FORCE),
      .help = "try the PIN that the configuration has for a token",
      .about =
          "TOKEN is a label or the number of a slot. The PIN is read where the "
          "configuration\nsays, tried once, and the token is logged out again. "
          "Where one more wrong PIN would\nlock the token, nothing is tried.\n",
      .wrong = "the PIN cannot be read, or the token does not take it",
      .run = cmd_login },
    { .name = "doctor",
      .operands = "",
      .options = EVERYWHERE,
      .help = "find out what does not work, why, and what to do",
      .about =
          "Looks at the configuration, at the modules and the libraries and "
          "services they\nneed, at files and who may read them, and at the "
          "state of the tokens. Changes\nnothing.\n",
      .wrong = "there is a problem",
      .run = cmd_doctor },
    { .name = "status",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = ALONE | OPTION_BIT(OPTION_CONFIG) |
                 OPTION_BIT(OPTION_PROCESSES) | OPTION_BIT(OPTION_WATCH) |
                 OPTION_BIT(OPTION_INTERVAL) | OPTION_BIT(OPTION_PROMETHEUS) |
                 OPTION_BIT(OPTION_OUTPUT),
      .help = "show what running processes do with their tokens",
      .about =
          "Sessions, who waits for one, calls and errors, added up over all "
          "processes of\nthis user, or for root of all users. TOKEN is a label "
          "or the number of a slot:\nthen also what was asked for, how long it "
          "took, and what went wrong. The figures\nare at most a second old. "
          "See p11mux-status(1).\n",
      .wrong = "what a process shows cannot be read",
      .run = cmd_status },
    { .name = "pause",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = FOR_ALL,
      .help = "let nothing begin on a token, in all processes",
      .about =
          "TOKEN is a label or the number of a slot. Operations that run come "
          "to their end;\ncalls that would begin one wait until resume, at "
          "most pool.wait. Then the device\ncan be restarted or replaced. "
          "Processes that start later wait as well.\n",
      .wrong = "a process does not pause, or operations have not ended",
      .run = cmd_pause },
    { .name = "resume",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = FOR_ALL,
      .help = "go on after a pause",
      .about = "Backend sessions are opened and logged in again as they are "
               "needed, and keys are\nfound again by what they are.\n",
      .wrong = "a process does not go on",
      .run = cmd_resume },
    { .name = "reload",
      .operands = "",
      .options = FOR_ALL,
      .help = "read the configuration anew, in all processes",
      .about =
          "Each process reads the file that it uses and takes over what can "
          "change while it\nruns: p11mux-control(1) has the keys. Tokens come "
          "and "
          "go; the other keys are named,\nand wait for a restart. With a "
          "mistake nothing changes.\n",
      .wrong = "there is a mistake, or a process does not read it",
      .run = cmd_reload },
    { .name = "reconnect",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = FOR_ALL,
      .help = "give a token other backend sessions, in all processes",
      .about =
          "TOKEN is a label or the number of a slot. Each backend session is "
          "closed as soon\nas no operation is on it, and others are opened as "
          "they are needed; a device that\nis down is tried at once. "
          "Applications keep their sessions, logins and handles.\n",
      .wrong = "a process has not done it",
      .run = cmd_reconnect },
    { .name = "audit keygen",
      .operands = "FILE",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ALONE | OPTION_BIT(OPTION_NAME),
      .help = "make a key that signs checkpoints",
      .about =
          "Writes the key to FILE, which must not be there yet, and prints "
          "the verifier key:\nkeep that where the log is verified.\n",
      .wrong = "the key cannot be made or written",
      .run = cmd_audit_keygen },
    { .name = "audit checkpoint",
      .operands = "[FILE]",
      .most_operands = 1,
      .options = OF_LOG | OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_NEXT),
      .help = "sign what the audit log FILE is now",
      .about =
          "The checkpoint is appended to FILE.checkpoints and is alone in "
          "FILE.checkpoint.\nKeep copies of that elsewhere. Without FILE it "
          "is the log of the\nconfiguration, and its audit.key signs; else "
          "it is not signed without --key.\nFILE.tree keeps what need not "
          "be read again. With --next "
          "both keys sign it, and from then on only the next one does.\n",
      .wrong = "the log does not continue its last checkpoint, or that is not "
               "of the key",
      .run = cmd_audit_checkpoint },
    { .name = "audit rotate",
      .operands = "[FILE]",
      .most_operands = 1,
      .options = OF_LOG | OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_MOVED) |
                 OPTION_BIT(OPTION_IF_LARGER),
      .help = "move the audit log FILE aside and go on in a new one",
      .about =
          "What was there is FILE.N then, with N counting up; FILE.manifest "
          "names the older\nfiles, and a checkpoint is made. Processes go on "
          "in the new file by themselves.\nWithout FILE: the log of the "
          "configuration.\n",
      .wrong = "the log cannot be moved, or does not continue its last "
               "checkpoint",
      .run = cmd_audit_rotate },
    { .name = "audit verify",
      .operands = "[FILE...]",
      .most_operands = INT_MAX,
      .options = OF_LOG | OPTION_BIT(OPTION_KEY) | OPTION_BIT(OPTION_SINCE) |
                 OPTION_BIT(OPTION_REST),
      .help = "prove that nobody changed an audit log",
      .about =
          "Reads a log and its older files, plain or compressed with gzip, and "
          "holds them\nagainst the checkpoints beside it. FILE.manifest leads "
          "to the older files; name\nthose that are elsewhere. Without a "
          "manifest: name all, the oldest first. With\n--key the checkpoints "
          "must be signed by that verifier key. Without FILE: the log\nof the "
          "configuration.\n",
      .wrong = "the log was changed, or cannot be read",
      .run = cmd_audit_verify },
    { .name = "audit prove",
      .operands = "LINE [FILE...]",
      .fewest_operands = 1,
      .most_operands = INT_MAX,
      .options = OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_HELP),
      .help = "prove to others that one line is in an audit log",
      .about =
          "Prints the proof that line LINE (from 1, over all files) is in what "
          "the last\ncheckpoint of FILE covers. The line itself is in the "
          "proof, no other one. Files\nare named as for audit verify.\n",
      .wrong = "the checkpoint does not cover the line, or is not of the log",
      .run = cmd_audit_prove },
    { .name = "audit check-proof",
      .operands = "PROOF",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ALONE | OPTION_BIT(OPTION_KEY),
      .help = "check such a proof and show its line",
      .about = "PROOF is a file. With --key its checkpoint must be signed by "
               "that verifier key.\n",
      .wrong = "the proof does not hold",
      .run = cmd_audit_check_proof },
    { .name = "audit show",
      .operands = "[FILE]...",
      .most_operands = INT_MAX,
      .options = ALONE | FILTER_OPTIONS | OPTION_BIT(OPTION_CONFIG) |
                 OPTION_BIT(OPTION_LIMIT) | OPTION_BIT(OPTION_FOLLOW),
      .help = "show the records of an audit log",
      .about =
          "Reads the files of a log, the oldest first, or the audit.file of "
          "the\nconfiguration. Options that choose records may be given "
          "several times, which\nmeans any of the values. TIME is "
          "2026-01-31T12:00:00Z, 2026-01-31, or how long\nago: 2h, 7d. With "
          "--json the lines are printed as they are.\n",
      .wrong = "a line is no whole record, or the log cannot be read",
      .run = cmd_audit_show },
    { .name = "audit stats",
      .operands = "[FILE]...",
      .most_operands = INT_MAX,
      .options = ALONE | FILTER_OPTIONS | OPTION_BIT(OPTION_CONFIG) |
                 OPTION_BIT(OPTION_BY),
      .help = "count the records of an audit log",
      .about =
          "Counts records, failures and refusals, and how long calls took, by "
          "event or by\nwhat --by says, which may be given several times. The "
          "rest is as with \"audit show\".\n",
      .wrong = "a line is no whole record, or the log cannot be read",
      .run = cmd_audit_stats },
    { .name = "audit report",
      .operands = "[FILE]...",
      .most_operands = INT_MAX,
      .options = (ALONE & ~OPTION_BIT(OPTION_JSON)) | FILTER_OPTIONS |
                 OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_HTML) |
                 OPTION_BIT(OPTION_VERIFIER) | OPTION_BIT(OPTION_KEPT) |
                 OPTION_BIT(OPTION_REST),
      .help = "verify an audit log and write a page about it",
      .about =
          "Reads the log once, and writes a page for browsers and printers to "
          "the file that\n--html names, where a page of before is replaced. It "
          "needs no network and has no\nscript. Files are named as for audit "
          "verify, records are chosen as for audit show;\nthe verification is "
          "of the whole log.\n",
      .wrong = "something is wrong with the log, or the page cannot be written",
      .run = cmd_audit_report },
    { .name = "certs list",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = ON_TOKEN,
      .help = "list the certificates of tokens, and where each is",
      .about =
          "Certificates are on the token, or in the store where it keeps those "
          "that it has no\nroom for, or in both, of which applications see "
          "one. \"Key\" says whether a key with\nthe same public key is on the "
          "token; private ones are mostly seen with --login.\nWithout TOKEN: "
          "all tokens.\n",
      .wrong = "there is no such token, or it refuses",
      .run = cmd_certs_list },
    { .name = "certs add",
      .operands = "TOKEN FILE...",
      .fewest_operands = 2,
      .most_operands = INT_MAX,
      .options = ON_TOKEN | OPTION_BIT(OPTION_ID) | OPTION_BIT(OPTION_LABEL),
      .help = "put certificates on a token, or in its store",
      .about =
          "FILE has certificates as PEM, one or a chain, or as DER. A "
          "certificate gets the\nCKA_ID of the key on the token that it is "
          "for; "
          "where there is none, that of --id.\nOne that is there already, with "
          "the same CKA_ID, is not added again.\n",
      .wrong = "a file has no certificate, or the token refuses one",
      .run = cmd_certs_add },
    { .name = "certs export",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = (ON_TOKEN | CHOICE_OPTIONS) & ~OPTION_BIT(OPTION_JSON),
      .help = "print certificates of a token as PEM, from leaf to root",
      .about = "Each certificate that fits, and behind it those that have "
               "issued it, as far as the\ntoken has them. Without a choice: "
               "all.\n",
      .wrong = "there is no such certificate, or the token refuses",
      .run = cmd_certs_export },
    { .name = "certs remove",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ON_TOKEN | CHOICE_OPTIONS | OPTION_BIT(OPTION_ALL),
      .help = "take certificates from a token and its store",
      .about = "Where several fit nothing is removed without --all, and they "
               "are listed.\n",
      .wrong = "there is no such certificate, there are several, or the token "
               "refuses",
      .run = cmd_certs_remove },
    { .name = "certs capacity",
      .operands = "[TOKEN]",
      .most_operands = 1,
      .options = ON_TOKEN,
      .help = "say how much room a token has, as far as it says",
      .about = "Counts the certificates on the token and in its store. Most "
               "modules do not say how\nmuch memory the token has.\nWithout "
               "TOKEN: all tokens.\n",
      .wrong = "there is no such token, or it refuses",
      .run = cmd_certs_capacity },
    { .name = "certs rebalance",
      .operands = "TOKEN",
      .fewest_operands = 1,
      .most_operands = 1,
      .options = ON_TOKEN | OPTION_BIT(OPTION_DRY_RUN),
      .help = "move certificates from the store back to the token",
      .about =
          "While the token has room: each is made on the token, read back, and "
          "then taken from\nthe store. Applications see one at any time.\n",
      .wrong = "there is no such token, or it fails",
      .run = cmd_certs_rebalance },
    { .name = "certs copy",
      .operands = "",
      .options = ON_TOKEN | CHOICE_OPTIONS | OPTION_BIT(OPTION_COPY_FROM) |
                 OPTION_BIT(OPTION_COPY_TO),
      .help = "copy certificates from one token to another one",
      .about = "Those that fit, or all, with all their attributes. One that is "
               "there already, with\nthe same CKA_ID, is not copied again. The "
               "login is to the token of --to.\n",
      .wrong = "there is no such token or certificate, or a token refuses",
      .run = cmd_certs_copy },
    { .name = "certs migrate",
      .operands = "",
      .options = EVERYWHERE | OPTION_BIT(OPTION_MIGRATE_FROM) |
                 OPTION_BIT(OPTION_MIGRATE_TO) | OPTION_BIT(OPTION_FINISH) |
                 OPTION_BIT(OPTION_DRY_RUN),
      .help = "move all certificates of a store into another store",
      .about =
          "URL is as in store.url. Copies what is in the store, for all "
          "tokens, while\napplications use it, and may be run again. With "
          "--finish the store is only read\nafter that, and store.url is to "
          "name the other one. See p11mux-certs(1).\n",
      .wrong = "a store cannot be used, or has not what the other one has",
      .run = cmd_certs_migrate },
    { .name = "certs verify",
      .operands = "[FILE]...",
      .most_operands = INT_MAX,
      .options = EVERYWHERE,
      .help = "hold the certificates in the store against the audit log",
      .about =
          "Each must be one that a record says was made, with the same "
          "SHA-256, "
          "and that none says\nwas removed; and none may be missing. Files are "
          "named as for audit verify, which proves\nthe log itself.\n",
      .wrong = "the store has something else, or cannot be read",
      .run = cmd_certs_verify },
    { .name = "help",
      .operands = "[COMMAND]",
      .most_operands = 2,
      .options = OPTION_BIT(OPTION_HELP),
      .help = "explain a command",
      .about = "Without COMMAND: list the commands.\n",
      .wrong = "the explanation cannot be written",
      .run = cmd_help },
};

const size_t n_commands = sizeof(commands) / sizeof(commands[0]);
