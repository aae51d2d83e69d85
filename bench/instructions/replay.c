/*
 * The program that runs recorded statements under callgrind: `replay DRIVER SCRIPT DATABASE`. DRIVER is the native part of the package
 * sqlite3, so that the measured SQLite is the one of the library. SCRIPT is written by statements.ts. From its mark on, instructions are
 * counted. The program prints the bytes that the measured commits wrote, the number of writes and of syncs, and the version of SQLite.
 * Syncs are counted and not done. Nothing is checkpointed after the mark: a checkpoint more or less would change the figures.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;

enum { ROW = 100, DONE = 101, READ_WRITE_CREATE = 2 | 4 };

static int (*open_v2)(const char *, sqlite3 **, int, const char *);
static int (*prepare_v2)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
static int (*exec)(sqlite3 *, const char *, void *, void *, char **);
static int (*bind_text)(sqlite3_stmt *, int, const char *, int, void (*)(void *));
static int (*bind_int64)(sqlite3_stmt *, int, long long);
static int (*bind_double)(sqlite3_stmt *, int, double);
static int (*bind_null)(sqlite3_stmt *, int);
static int (*step)(sqlite3_stmt *);
static int (*reset)(sqlite3_stmt *);
static int (*finalize)(sqlite3_stmt *);
static int (*wal_autocheckpoint)(sqlite3 *, int);
static const char *(*errmsg)(sqlite3 *);
static const char *(*libversion)(void);

static sqlite3 *database;
static sqlite3_stmt **statements;
static long statementsMax;
static char *at, *end;
static long long bytes, writes, syncs;

/* Functions of Node whose addresses the driver takes when it is loaded. Never called. The others are looked up when they are called. */
void napi_create_error(void) { abort(); }
void napi_create_type_error(void) { abort(); }
void napi_create_range_error(void) { abort(); }

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, database ? errmsg(database) : "no database");
  exit(1);
}

static void *symbol(void *driver, const char *name) {
  void *found = dlsym(driver, name);
  if (!found) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return found;
}

static void load(const char *file) {
  void *driver = dlopen(file, RTLD_LAZY | RTLD_LOCAL);
  if (!driver) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
#define LOAD(name) *(void **)&name = symbol(driver, "sqlite3_" #name)
  LOAD(open_v2);
  LOAD(prepare_v2);
  LOAD(exec);
  LOAD(bind_text);
  LOAD(bind_int64);
  LOAD(bind_double);
  LOAD(bind_null);
  LOAD(step);
  LOAD(reset);
  LOAD(finalize);
  LOAD(wal_autocheckpoint);
  LOAD(errmsg);
  LOAD(libversion);
}

static ssize_t counted(ssize_t written) {
  if (written > 0) bytes += written;
  writes++;
  return written;
}

/* These functions of the C library are looked up in this program first. */
ssize_t write(int file, const void *data, size_t size) { return counted(syscall(SYS_write, file, data, size)); }

ssize_t pwrite(int file, const void *data, size_t size, off_t offset) {
  return counted(syscall(SYS_pwrite64, file, data, size, offset));
}

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
  return counted(syscall(SYS_pwrite64, file, data, size, offset));
}

int fsync(int file) {
  (void)file;
  syncs++;
  return 0;
}

int fdatasync(int file) { return fsync(file); }

static long long number(void) {
  long long value = strtoll(at, &at, 10);
  at++;
  return value;
}

static char *text(int *length) {
  *length = (int)number();
  char *begin = at;
  at += *length;
  return begin;
}

static sqlite3_stmt **statement(void) {
  long id = (long)number();
  if (id >= statementsMax) {
    statements = realloc(statements, (size_t)(id * 2) * sizeof *statements);
    memset(statements + statementsMax, 0, (size_t)(id * 2 - statementsMax) * sizeof *statements);
    statementsMax = id * 2;
  }
  return statements + id;
}

static void bindNext(sqlite3_stmt *into, int index) {
  int length;
  char *value;
  switch (*at++) {
    case 'n':
      bind_null(into, index);
      return;
    case 't':
      value = text(&length);
      bind_text(into, index, value, length, (void (*)(void *)) - 1);
      return;
    case 'd':
      bind_double(into, index, strtod(at, &at));
      at++;
      return;
    default:
      bind_int64(into, index, number());
  }
}

static void run(void) {
  sqlite3_stmt *each = *statement();
  int values = (int)number(), result;
  for (int i = 1; i <= values; i++) bindNext(each, i);
  while ((result = step(each)) == ROW) continue;
  if (result != DONE) fail("run");
  reset(each);
}

static void execute(void) {
  int length;
  char *sql = text(&length), *copy = strndup(sql, (size_t)length);
  if (exec(database, copy, NULL, NULL, NULL) != 0) fail(copy);
  free(copy);
}

static void prepareNext(void) {
  int length;
  sqlite3_stmt **into = statement();
  char *sql = text(&length);
  if (prepare_v2(database, sql, length, into, NULL) != 0) fail("prepare");
}

static void measure(void) {
  if (exec(database, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL) != 0) fail("checkpoint");
  wal_autocheckpoint(database, 0);
  bytes = writes = syncs = 0;
  CALLGRIND_START_INSTRUMENTATION;
}

static void readScript(const char *name) {
  FILE *file = fopen(name, "rb");
  if (!file) fail(name);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  at = malloc((size_t)size + 1);
  if (fread(at, 1, (size_t)size, file) != (size_t)size) fail(name);
  at[size] = 0;
  end = at + size;
  fclose(file);
}

int main(int count, char **given) {
  if (count != 4) return 2;
  load(given[1]);
  readScript(given[2]);
  if (open_v2(given[3], &database, READ_WRITE_CREATE, NULL) != 0) fail("open");
  while (at < end) switch (*at++) {
      case 'X':
        execute();
        break;
      case 'P':
        prepareNext();
        break;
      case 'R':
        run();
        break;
      case 'F':
        finalize(*statement());
        break;
      case 'M':
        measure();
        break;
      default:
        fail("an unknown letter in the script");
    }
  CALLGRIND_STOP_INSTRUMENTATION;
  printf("{\"bytes\":%lld,\"writes\":%lld,\"syncs\":%lld,\"sqlite\":\"%s\"}\n", bytes, writes, syncs, libversion());
  return 0;
}
