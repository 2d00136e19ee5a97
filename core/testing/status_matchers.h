// GoogleMock matchers for absl::Status and absl::StatusOr<T>:
//
//   EXPECT_THAT(Parse(text), IsOkAndHolds(7));
//   EXPECT_THAT(Verify(token), HasReason(Reason::kTokenExpired));
//
// There is no "is not OK": a test names the failure that it expects.
#ifndef LATCHKEY_CORE_TESTING_STATUS_MATCHERS_H_
#define LATCHKEY_CORE_TESTING_STATUS_MATCHERS_H_

#include <ostream>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/reason.h"
#include "gmock/gmock.h"

namespace latchkey {

namespace status_matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& status_or) {
  return status_or.status();
}

// Describe prints code, reason, message and fields of a status.
void Describe(const absl::Status& status, std::ostream* out);

// The three matchers that need nothing but the status.
class IsOkMatcher {
 public:
  bool Matches(const absl::Status& status) const { return status.ok(); }
  void DescribeTo(std::ostream* out) const { *out << "is OK"; }
};

class StatusIsMatcher {
 public:
  explicit StatusIsMatcher(absl::StatusCode code) : code_(code) {}
  bool Matches(const absl::Status& status) const {
    return status.code() == code_;
  }
  void DescribeTo(std::ostream* out) const { *out << "has code " << code_; }

 private:
  absl::StatusCode code_;
};

class HasReasonMatcher {
 public:
  explicit HasReasonMatcher(Reason reason) : reason_(reason) {}
  bool Matches(const absl::Status& status) const {
    return GetReason(status) == reason_;
  }
  void DescribeTo(std::ostream* out) const { *out << "has reason " << reason_; }

 private:
  Reason reason_;
};

// Makes one of the above a matcher of Status and of every StatusOr.
template <typename Inner>
class OfStatus {
 public:
  explicit OfStatus(Inner inner) : inner_(std::move(inner)) {}

  template <typename S>
  bool MatchAndExplain(const S& value,
                       ::testing::MatchResultListener* listener) const {
    if (listener->IsInterested()) Describe(StatusOf(value), listener->stream());
    return inner_.Matches(StatusOf(value));
  }
  void DescribeTo(std::ostream* out) const { inner_.DescribeTo(out); }
  void DescribeNegationTo(std::ostream* out) const {
    *out << "not: ";
    inner_.DescribeTo(out);
  }

 private:
  Inner inner_;
};

template <typename StatusOrT>
class IsOkAndHoldsImpl : public ::testing::MatcherInterface<StatusOrT> {
 public:
  using Value = typename std::remove_reference_t<StatusOrT>::value_type;

  template <typename M>
  explicit IsOkAndHoldsImpl(const M& inner)
      : inner_(::testing::SafeMatcherCast<const Value&>(inner)) {}

  bool MatchAndExplain(
      StatusOrT value,
      ::testing::MatchResultListener* listener) const override {
    if (!value.ok()) {
      if (listener->IsInterested()) {
        Describe(value.status(), listener->stream());
      }
      return false;
    }
    if (listener->IsInterested()) {
      *listener << "which holds " << ::testing::PrintToString(*value) << " ";
    }
    return inner_.MatchAndExplain(*value, listener);
  }
  void DescribeTo(std::ostream* out) const override {
    *out << "is OK and holds a value that ";
    inner_.DescribeTo(out);
  }
  void DescribeNegationTo(std::ostream* out) const override {
    *out << "is not OK or holds a value that ";
    inner_.DescribeNegationTo(out);
  }

 private:
  const ::testing::Matcher<const Value&> inner_;
};

template <typename M>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(M inner) : inner_(std::move(inner)) {}

  template <typename StatusOrT>
  operator ::testing::Matcher<StatusOrT>() const {  // NOLINT: as GoogleMock's
    return ::testing::Matcher<StatusOrT>(
        new IsOkAndHoldsImpl<const std::remove_reference_t<StatusOrT>&>(
            inner_));
  }

 private:
  M inner_;
};

}  // namespace status_matchers_internal

// IsOk matches a Status or StatusOr that is OK.
inline auto IsOk() {
  using status_matchers_internal::IsOkMatcher;
  return ::testing::MakePolymorphicMatcher(
      status_matchers_internal::OfStatus<IsOkMatcher>(IsOkMatcher()));
}

// StatusIs matches a Status or StatusOr of that canonical code.
inline auto StatusIs(absl::StatusCode code) {
  using status_matchers_internal::StatusIsMatcher;
  return ::testing::MakePolymorphicMatcher(
      status_matchers_internal::OfStatus<StatusIsMatcher>(
          StatusIsMatcher(code)));
}

// HasReason matches a Status or StatusOr that Error(reason, ...) made.
inline auto HasReason(Reason reason) {
  using status_matchers_internal::HasReasonMatcher;
  return ::testing::MakePolymorphicMatcher(
      status_matchers_internal::OfStatus<HasReasonMatcher>(
          HasReasonMatcher(reason)));
}

// IsOkAndHolds matches an OK StatusOr whose value matches `inner`.
template <typename M>
auto IsOkAndHolds(M inner) {
  return status_matchers_internal::IsOkAndHoldsMatcher<M>(std::move(inner));
}

}  // namespace latchkey

#endif  // LATCHKEY_CORE_TESTING_STATUS_MATCHERS_H_
