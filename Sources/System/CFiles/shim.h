#include <sys/xattr.h>

// Of <unistd.h>, which has them for _GNU_SOURCE only.
enum { kbackup_seek_data = 3, kbackup_seek_hole = 4 };

// Of <sys/fsuid.h>, which would bring along what Glibc has.
extern int setfsuid(unsigned int);
