/*
 * Records what a process does to the files below one folder, in a log that all recorded processes share.
 *
 *   RECORD_FOLDER  the folder, as realpath() names it
 *   RECORD_LOG     the log: a file that exists, outside of the folder
 *   RECORD_DIES    optional: the process kills itself after so many writes and truncations
 *
 * A change is logged after it was made and before the caller knows that, so whatever the caller does next comes later in the log.
 * A sync is logged twice, before and after: what was logged before its beginning is on the disk when its end is logged.
 * One lock is held from a change to its line in the log. A process that kills itself holds it, so the log has every change.
 * A SIGKILL from outside may come between the two: recorded processes are never killed from outside.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The same numbers as in recording.ts. */
enum kind { OPENED = 1, CREATED = 2, WRITTEN = 3, TRUNCATED = 4, SYNC_BEGINS = 5, SYNC_ENDS = 6, UNLINKED = 7, RENAMED = 8 };

struct header {
  uint32_t kind, thread;
  /* The inode. */
  uint64_t file;
  /* Offset of a write, new size of a truncation. */
  uint64_t at;
  uint32_t name_length, data_length;
};

#define FDS_MAX 65536
static uint64_t inode_of[FDS_MAX];
static char folder[PATH_MAX];
static size_t folder_length;
static int log_fd = -1;
static long changes_left = -1;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void die(const char *what) {
  dprintf(2, "recorder: %s: %s\n", what, strerror(errno));
  abort();
}

#define REAL(name) __typeof__(name) *real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("RECORD_FOLDER"), *log = getenv("RECORD_LOG"), *dies = getenv("RECORD_DIES");
  if (path == NULL || log == NULL) return;
  folder_length = strlen(path);
  if (folder_length >= sizeof folder) die("RECORD_FOLDER");
  memcpy(folder, path, folder_length + 1);
  log_fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
  if (log_fd < 0) die("RECORD_LOG");
  if (dies != NULL) changes_left = atol(dies);
}

/* Its name below the folder; NULL if it is not there. The folder itself is the empty name. */
static const char *below(const char *path) {
  if (log_fd < 0 || strncmp(path, folder, folder_length) != 0) return NULL;
  if (path[folder_length] == '\0') return path + folder_length;
  return path[folder_length] == '/' ? path + folder_length + 1 : NULL;
}

static void log_line(enum kind kind, uint64_t file, uint64_t at, const char *name, const void *data, size_t length) {
  struct header header = {kind, (uint32_t)syscall(SYS_gettid), file, at, (uint32_t)strlen(name), (uint32_t)length};
  struct iovec parts[] = {
      {&header, sizeof header}, {(void *)name, header.name_length}, {(void *)data, length}};
  long wanted = (long)(sizeof header + header.name_length + length);
  if (syscall(SYS_writev, log_fd, parts, 3) != wanted) die("cannot write the log");
}

static uint64_t tracked(int fd) { return fd >= 0 && fd < FDS_MAX ? inode_of[fd] : 0; }

/* Called with the lock held, when the line is in the log. */
static void count_change(void) {
  if (changes_left > 0 && --changes_left == 0) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
  }
}

static void opened(int fd, int created, int truncated) {
  char link[64], path[PATH_MAX];
  struct stat known;
  if (fd >= FDS_MAX) die("too many files");
  inode_of[fd] = 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = '\0';
  const char *name = below(path);
  if (name == NULL) return;
  if (fstat(fd, &known) != 0) die("fstat");
  inode_of[fd] = known.st_ino;
  log_line(created ? CREATED : OPENED, known.st_ino, S_ISDIR(known.st_mode), name, "", 0);
  if (truncated && !created) log_line(TRUNCATED, known.st_ino, 0, "", "", 0);
}

static int open_at(int directory, const char *path, int flags, mode_t mode) {
  if (log_fd < 0) return syscall(SYS_openat, directory, path, flags, mode);
  pthread_mutex_lock(&lock);
  int created = (flags & O_CREAT) && syscall(SYS_faccessat, directory, path, F_OK) != 0;
  int fd = syscall(SYS_openat, directory, path, flags, mode), error = errno;
  if (fd >= 0) opened(fd, created, (flags & O_TRUNC) != 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return fd;
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list more; \
    va_start(more, flags); \
    mode = va_arg(more, mode_t); \
    va_end(more); \
  }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }

int close(int fd) {
  if (fd >= 0 && fd < FDS_MAX) inode_of[fd] = 0;
  return syscall(SYS_close, fd);
}

static ssize_t written(int fd, const void *data, ssize_t length, off_t offset) {
  int error = errno;
  if (length > 0) {
    log_line(WRITTEN, tracked(fd), (uint64_t)offset, "", data, (size_t)length);
    count_change();
  }
  errno = error;
  return length;
}

ssize_t write(int fd, const void *data, size_t length) {
  if (tracked(fd) == 0) return syscall(SYS_write, fd, data, length);
  pthread_mutex_lock(&lock);
  ssize_t done = syscall(SYS_write, fd, data, length);
  written(fd, data, done, done > 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) - done : 0);
  pthread_mutex_unlock(&lock);
  return done;
}

static ssize_t write_at(int fd, const void *data, size_t length, off_t offset) {
  if (tracked(fd) == 0) return syscall(SYS_pwrite64, fd, data, length, offset);
  pthread_mutex_lock(&lock);
  ssize_t done = written(fd, data, syscall(SYS_pwrite64, fd, data, length, offset), offset);
  pthread_mutex_unlock(&lock);
  return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) { return write_at(fd, data, length, offset); }
ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) { return write_at(fd, data, length, offset); }

static int truncated(int fd, off_t size) {
  if (tracked(fd) == 0) return syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&lock);
  int failed = syscall(SYS_ftruncate, fd, size), error = errno;
  if (!failed) {
    log_line(TRUNCATED, tracked(fd), (uint64_t)size, "", "", 0);
    count_change();
  }
  pthread_mutex_unlock(&lock);
  errno = error;
  return failed;
}

int ftruncate(int fd, off_t size) { return truncated(fd, size); }
int ftruncate64(int fd, off64_t size) { return truncated(fd, size); }

static int synced(int fd, long call) {
  uint64_t file = tracked(fd);
  if (file != 0) log_line(SYNC_BEGINS, file, 0, "", "", 0);
  int failed = syscall(call, fd), error = errno;
  if (file != 0 && !failed) log_line(SYNC_ENDS, file, 0, "", "", 0);
  errno = error;
  return failed;
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

int unlink(const char *path) {
  const char *name = below(path);
  if (name == NULL) return syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  pthread_mutex_lock(&lock);
  int failed = syscall(SYS_unlinkat, AT_FDCWD, path, 0), error = errno;
  if (!failed) log_line(UNLINKED, 0, 0, name, "", 0);
  pthread_mutex_unlock(&lock);
  errno = error;
  return failed;
}

int rename(const char *from, const char *to) {
  const char *old = below(from), *new = below(to);
  if (old == NULL && new == NULL) return syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  if (old == NULL || new == NULL) die("a rename across the border of the folder");
  pthread_mutex_lock(&lock);
  int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0), error = errno;
  if (!failed) log_line(RENAMED, 0, 0, old, new, strlen(new));
  pthread_mutex_unlock(&lock);
  errno = error;
  return failed;
}

/* Other ways to change a file are not recorded: a process that takes one must not go unnoticed. */
#define REFUSED(result, name, parameters, arguments) \
  result name parameters { \
    if (tracked(fd) != 0) die(#name " of a recorded file"); \
    REAL(name); \
    return real arguments; \
  }

REFUSED(ssize_t, writev, (int fd, const struct iovec *parts, int count), (fd, parts, count))
REFUSED(ssize_t, pwritev, (int fd, const struct iovec *parts, int count, off_t at), (fd, parts, count, at))
REFUSED(ssize_t, pwritev64, (int fd, const struct iovec *parts, int count, off64_t at), (fd, parts, count, at))
REFUSED(int, fallocate, (int fd, int mode, off_t at, off_t length), (fd, mode, at, length))
REFUSED(int, fallocate64, (int fd, int mode, off64_t at, off64_t length), (fd, mode, at, length))
REFUSED(int, posix_fallocate, (int fd, off_t at, off_t length), (fd, at, length))
