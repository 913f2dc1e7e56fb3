#include <sys/xattr.h>

// Of <unistd.h>, which has them for _GNU_SOURCE only.
enum { kbackup_seek_data = 3, kbackup_seek_hole = 4 };
