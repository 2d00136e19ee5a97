// libcurl, loaded when it is first needed.
#ifndef LATCHKEY_CORE_JWKS_CURL_LIBRARY_H_
#define LATCHKEY_CORE_JWKS_CURL_LIBRARY_H_

#include <curl/curl.h>

#include <memory>

#include "absl/status/status.h"

namespace latchkey {

// CurlLibrary holds the functions used, each with the type and meaning of the
// one named curl_... in <curl/curl.h>.
struct CurlLibrary {
  decltype(&curl_global_init) global_init;
  decltype(&curl_version_info) version_info;
  decltype(&curl_slist_append) slist_append;
  decltype(&curl_slist_free_all) slist_free_all;
  decltype(&curl_easy_init) easy_init;
  decltype(&curl_easy_setopt) easy_setopt;
  decltype(&curl_easy_getinfo) easy_getinfo;
  decltype(&curl_easy_strerror) easy_strerror;
  decltype(&curl_easy_cleanup) easy_cleanup;
  decltype(&curl_multi_init) multi_init;
  decltype(&curl_multi_add_handle) multi_add_handle;
  decltype(&curl_multi_perform) multi_perform;
  decltype(&curl_multi_poll) multi_poll;
  decltype(&curl_multi_info_read) multi_info_read;
  decltype(&curl_multi_remove_handle) multi_remove_handle;
  decltype(&curl_multi_cleanup) multi_cleanup;
};

// LoadCurl loads and initialises libcurl at the first call and answers the same
// ever after. ISSUER_UNAVAILABLE: it is not installed, or older than the
// headers that latchkey was built with. Thread-safe.
absl::Status LoadCurl();

// Curl may be called once LoadCurl has returned OK. Thread-safe.
const CurlLibrary& Curl();

// Owners of what libcurl makes.
struct CurlEasyCleanup {
  void operator()(CURL* curl) const { Curl().easy_cleanup(curl); }
};
struct CurlMultiCleanup {
  void operator()(CURLM* multi) const { Curl().multi_cleanup(multi); }
};
struct CurlListFree {
  void operator()(curl_slist* list) const { Curl().slist_free_all(list); }
};
using CurlEasyPtr = std::unique_ptr<CURL, CurlEasyCleanup>;
using CurlMultiPtr = std::unique_ptr<CURLM, CurlMultiCleanup>;
using CurlListPtr = std::unique_ptr<curl_slist, CurlListFree>;

}  // namespace latchkey

#endif  // LATCHKEY_CORE_JWKS_CURL_LIBRARY_H_
