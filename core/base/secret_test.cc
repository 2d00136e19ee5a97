#include "core/base/secret.h"

#include <cstddef>
#include <cstdlib>
#include <new>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace {

// Every block of this size is looked at when it is freed.
constexpr size_t kWatchedSize = 4243;
int freed_clean = 0;
int freed_dirty = 0;

void Inspect(const unsigned char* block) {
  for (size_t i = 0; i < kWatchedSize; ++i) {
    if (block[i] != 0) {
      ++freed_dirty;
      return;
    }
  }
  ++freed_clean;
}

constexpr size_t kHeader = alignof(std::max_align_t);

}  // namespace

// Not inlined: gcc would see malloc's block go to operator delete and object.
__attribute__((noinline)) void* operator new(size_t size) {
  void* block = std::malloc(size + kHeader);
  if (block == nullptr) std::abort();
  *static_cast<size_t*>(block) = size;
  return static_cast<char*>(block) + kHeader;
}

__attribute__((noinline)) void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  char* block = static_cast<char*>(memory) - kHeader;
  if (*reinterpret_cast<size_t*>(block) == kWatchedSize) {
    Inspect(static_cast<unsigned char*>(memory));
  }
  std::free(block);
}

void operator delete(void* memory, size_t) noexcept { operator delete(memory); }

namespace latchkey {
namespace {

// A std::string of this size allocates kWatchedSize bytes.
std::string LongText() { return std::string(kWatchedSize - 1, 's'); }
constexpr char kShort[] = "hunter2-short";

// The raw bytes of a T, readable after its destruction.
template <typename T>
class Storage {
 public:
  template <typename... Args>
  explicit Storage(Args&&... args)
      : object_(new (memory_) T(std::forward<Args>(args)...)) {}
  T& operator*() { return *object_; }
  void Destroy() { object_->~T(); }
  // Whether three characters of `text` in a row are left anywhere.
  bool Holds(absl::string_view text) const {
    absl::string_view all(reinterpret_cast<const char*>(memory_), sizeof(T));
    for (size_t i = 0; i + 3 <= text.size(); ++i) {
      if (all.find(text.substr(i, 3)) != absl::string_view::npos) return true;
    }
    return false;
  }

 private:
  alignas(T) unsigned char memory_[sizeof(T)] = {};
  T* object_;
};

class SecretTest : public ::testing::Test {
 protected:
  SecretTest() { freed_clean = freed_dirty = 0; }
};

static_assert(!std::is_copy_constructible_v<Secret>);
static_assert(!std::is_copy_assignable_v<Secret>);
static_assert(std::is_nothrow_move_constructible_v<Secret>);
static_assert(!std::is_convertible_v<std::string, Secret>);
static_assert(!std::is_convertible_v<Secret, absl::string_view>);

template <typename T, typename = void>
struct Printable : std::false_type {};
template <typename T>
struct Printable<T, std::void_t<decltype(std::declval<std::ostream&>()
                                         << std::declval<const T&>())>>
    : std::true_type {};
static_assert(Printable<std::string>::value);
static_assert(!Printable<Secret>::value);

TEST_F(SecretTest, WatchSeesAnUnwipedBlock) {
  { std::string plain = LongText(); }
  EXPECT_EQ(freed_dirty, 1);
}

TEST_F(SecretTest, HeapIsWipedOnDestruction) {
  std::string text = LongText();
  {
    Secret secret = Secret::TakeFrom(&text);
    EXPECT_EQ(secret.RevealSecret(), std::string(kWatchedSize - 1, 's'));
    freed_dirty = freed_clean = 0;
  }
  EXPECT_EQ(freed_clean, 1);
  EXPECT_EQ(freed_dirty, 0);
}

TEST_F(SecretTest, HeapIsWipedOnAssignment) {
  std::string text = LongText();
  Secret secret = Secret::TakeFrom(&text);
  secret = Secret("other");
  EXPECT_EQ(freed_clean, 1);
  EXPECT_EQ(freed_dirty, 0);
  EXPECT_EQ(secret.RevealSecret(), "other");
}

TEST_F(SecretTest, HeapIsWipedBehindTheEnd) {
  std::string text = LongText();
  text.resize(20);  // keeps the buffer
  { Secret secret = Secret::TakeFrom(&text); }
  EXPECT_EQ(freed_clean, 1);
  EXPECT_EQ(freed_dirty, 0);
}

TEST_F(SecretTest, ShortIsWipedOnDestruction) {
  Storage<Secret> secret{absl::string_view(kShort)};
  EXPECT_TRUE(secret.Holds(kShort));
  secret.Destroy();
  EXPECT_FALSE(secret.Holds(kShort));
}

TEST_F(SecretTest, ShortIsWipedInMovedFrom) {
  Storage<Secret> from{absl::string_view(kShort)};
  Secret to = std::move(*from);
  EXPECT_FALSE(from.Holds(kShort));
  EXPECT_EQ(to.RevealSecret(), kShort);
  Storage<Secret> again{absl::string_view(kShort)};
  to = std::move(*again);
  EXPECT_FALSE(again.Holds(kShort));
  EXPECT_EQ(to.RevealSecret(), kShort);
}

TEST_F(SecretTest, TakeFromEmptiesAndWipes) {
  Storage<std::string> text{kShort};
  Secret secret = Secret::TakeFrom(&*text);
  EXPECT_EQ(*text, "");
  EXPECT_FALSE(text.Holds(kShort));
  EXPECT_EQ(secret.RevealSecret(), kShort);
  text.Destroy();
}

TEST_F(SecretTest, WipeReachesTheInlineBufferBehindAHeapBuffer) {
  Storage<std::string> text{kShort};
  (*text).append(100, 'x');
  ASSERT_TRUE(text.Holds(kShort)) << "this library leaves nothing behind";
  WipeString(&*text);
  EXPECT_EQ(*text, "");
  EXPECT_FALSE(text.Holds(kShort));
  text.Destroy();
}

TEST_F(SecretTest, SelfMoveKeepsTheBytes) {
  Secret secret("abc");
  Secret& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.RevealSecret(), "abc");
}

TEST_F(SecretTest, CloneIsItsOwn) {
  Secret first("abc");
  Secret second = first.Clone();
  first = Secret();
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(second.RevealSecret(), "abc");
  EXPECT_EQ(second.size(), 3u);
}

TEST_F(SecretTest, Compares) {
  EXPECT_TRUE(Secret("abc") == Secret("abc"));
  EXPECT_TRUE(Secret("abc") != Secret("abd"));
  EXPECT_TRUE(Secret("abc") != Secret("ab"));
  EXPECT_TRUE(Secret() == Secret(""));
}

}  // namespace
}  // namespace latchkey
