#include <stddef.h>

// Their headers would bring along types that Glibc has, too, and then it depends on the order of files which of the two
// modules Swift takes them from.

// Of <sys/xattr.h>.
extern long flistxattr(int file, char *names, size_t size);
extern long llistxattr(const char *path, char *names, size_t size);
extern long fgetxattr(int file, const char *name, void *value, size_t size);
extern long lgetxattr(const char *path, const char *name, void *value, size_t size);
extern int fsetxattr(int file, const char *name, const void *value, size_t size, int flags);
extern int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags);

// Of <sys/fsuid.h>.
extern int setfsuid(unsigned int user);

// Of <unistd.h> and <fcntl.h>, which have them for _GNU_SOURCE only.
enum { kbackup_seek_data = 3, kbackup_seek_hole = 4, kbackup_path = 010000000 };
