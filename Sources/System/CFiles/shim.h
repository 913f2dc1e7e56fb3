#include <sys/xattr.h>

// Of <unistd.h> and <fcntl.h>, which have them for _GNU_SOURCE only.
enum { kbackup_seek_data = 3, kbackup_seek_hole = 4, kbackup_path = 010000000 };

// Of <sys/fsuid.h>, which would bring along what Glibc has.
extern int setfsuid(unsigned int);
