#ifndef KBACKUP_CCURL_SHIM_H
#define KBACKUP_CCURL_SHIM_H

// libcurl's own checks of argument types are macros around the variadic functions; the wrappers below take their place.
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

#if LIBCURL_VERSION_NUM < 0x075700
#error "kbackup needs libcurl 7.87 or newer (CURLOPT_QUICK_EXIT, CURLOPT_PROTOCOLS_STR, CURLOPT_CAINFO_BLOB)"
#endif

// Swift cannot call C functions with variable arguments. Each wrapper fixes the type of the one that varies, and is
// named after it, so that a call shows which type libcurl will read.

// Flags, sizes and enumerations.
static inline CURLcode ccurl_setopt_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}

// Lengths that may pass 2^31 (`..._LARGE` options).
static inline CURLcode ccurl_setopt_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}

// Strings, which libcurl copies. NULL puts the option back to none.
static inline CURLcode ccurl_setopt_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}

// What callbacks get back, and buffers that libcurl writes to. Not copied.
static inline CURLcode ccurl_setopt_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}

// Lists of header fields and of CONNECT_TO entries. Not copied.
static inline CURLcode ccurl_setopt_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}

// Certificates and keys in memory. Copied when the blob's flags say CURL_BLOB_COPY.
static inline CURLcode ccurl_setopt_blob(CURL *easy, CURLoption option, struct curl_blob *value) {
    return curl_easy_setopt(easy, option, value);
}

// Takes received bytes; of one type for bodies (CURLOPT_WRITEFUNCTION) and heads (CURLOPT_HEADERFUNCTION).
static inline CURLcode ccurl_setopt_write_function(CURL *easy, CURLoption option, curl_write_callback value) {
    return curl_easy_setopt(easy, option, value);
}

// Gives bytes to send.
static inline CURLcode ccurl_setopt_read_function(CURL *easy, curl_read_callback value) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, value);
}

// Goes back to the start of the body when libcurl sends a request again on a new connection.
static inline CURLcode ccurl_setopt_seek_function(CURL *easy, curl_seek_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, value);
}

// Told when the connection stands and the request is about to be sent.
static inline CURLcode ccurl_setopt_prereq_function(CURL *easy, curl_prereq_callback value) {
    return curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, value);
}

// Told of every new socket.
static inline CURLcode ccurl_setopt_socket_function(CURL *easy, curl_sockopt_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, value);
}

// Flags and sizes of a multi handle.
static inline CURLMcode ccurl_multi_setopt_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}

// Facts that are `long`: operating system errors, response codes.
static inline CURLcode ccurl_getinfo_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}

// Facts that are strings, and the pointer that was set with CURLOPT_PRIVATE, which libcurl treats as one.
static inline CURLcode ccurl_getinfo_string(CURL *easy, CURLINFO info, char **value) {
    return curl_easy_getinfo(easy, info, value);
}

// Facts that are byte counts (`..._T`).
static inline CURLcode ccurl_getinfo_offset(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl_easy_getinfo(easy, info, value);
}

// The result of a finished transfer. It lies in a union, which Swift shows without its name.
static inline CURLcode ccurl_message_result(const CURLMsg *message) {
    return message->data.result;
}

#endif
