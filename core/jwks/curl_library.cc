#include "core/jwks/curl_library.h"

#include <dlfcn.h>

#include "absl/strings/str_cat.h"
#include "core/base/reason.h"

namespace latchkey {
namespace {

// The name that a program linked with -lcurl asks for.
constexpr char kFile[] = "libcurl.so.4";

struct Loaded {
  CurlLibrary functions = {};
  absl::Status status;
};

// Finds symbols; the first that is missing stays in `missing`.
struct Finder {
  void* library = nullptr;
  const char* missing = nullptr;

  template <typename F>
  void Find(const char* name, F* function) {
    *function = reinterpret_cast<F>(dlsym(library, name));
    if (*function == nullptr && missing == nullptr) missing = name;
  }
};

void FindAll(Finder* finder, CurlLibrary* out) {
  finder->Find("curl_global_init", &out->global_init);
  finder->Find("curl_version_info", &out->version_info);
  finder->Find("curl_slist_append", &out->slist_append);
  finder->Find("curl_slist_free_all", &out->slist_free_all);
  finder->Find("curl_easy_init", &out->easy_init);
  finder->Find("curl_easy_setopt", &out->easy_setopt);
  finder->Find("curl_easy_getinfo", &out->easy_getinfo);
  finder->Find("curl_easy_strerror", &out->easy_strerror);
  finder->Find("curl_easy_cleanup", &out->easy_cleanup);
  finder->Find("curl_multi_init", &out->multi_init);
  finder->Find("curl_multi_add_handle", &out->multi_add_handle);
  finder->Find("curl_multi_perform", &out->multi_perform);
  finder->Find("curl_multi_poll", &out->multi_poll);
  finder->Find("curl_multi_info_read", &out->multi_info_read);
  finder->Find("curl_multi_remove_handle", &out->multi_remove_handle);
  finder->Find("curl_multi_cleanup", &out->multi_cleanup);
}

// Never unloaded: its own libraries do not survive that.
absl::Status Load(CurlLibrary* out) {
  Finder finder;
  finder.library = dlopen(kFile, RTLD_NOW | RTLD_LOCAL);
  if (finder.library == nullptr) {
    const char* cause = dlerror();
    return Error(Reason::kIssuerUnavailable,
                 absl::StrCat("cannot load libcurl: ", cause ? cause : kFile));
  }
  FindAll(&finder, out);
  if (finder.missing != nullptr) {
    return Error(Reason::kIssuerUnavailable,
                 absl::StrCat(kFile, " has no ", finder.missing));
  }
  // An older one would not know all options, and the fetcher relies on them.
  if (out->version_info(CURLVERSION_NOW)->version_num < LIBCURL_VERSION_NUM) {
    return Error(Reason::kIssuerUnavailable,
                 absl::StrCat(kFile, " is older than ", LIBCURL_VERSION));
  }
  if (out->global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    return Error(Reason::kIssuerUnavailable, "libcurl does not start");
  }
  return absl::OkStatus();
}

const Loaded& LoadOnce() {
  static const Loaded* const once = [] {
    auto* loaded = new Loaded;
    loaded->status = Load(&loaded->functions);
    return loaded;
  }();
  return *once;
}

}  // namespace

absl::Status LoadCurl() { return LoadOnce().status; }

const CurlLibrary& Curl() { return LoadOnce().functions; }

}  // namespace latchkey
