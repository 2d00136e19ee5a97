#include "core/metrics/metrics.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "core/base/identity.h"
#include "core/metrics/exposition.h"

namespace latchkey {
namespace {

// Our own atomics and not prometheus-cpp's Counter: that one adds doubles in a
// compare-and-swap loop and finds its labels in a map.
using Cell = std::atomic<uint64_t>;

void AddTo(Cell* cell, uint64_t by = 1) {
  cell->fetch_add(by, std::memory_order_relaxed);
}
double Read(const Cell& cell) {
  return static_cast<double>(cell.load(std::memory_order_relaxed));
}

constexpr size_t kReasonCells = 96;
static_assert(static_cast<size_t>(Reason::kOutboundNotPermitted) <
              kReasonCells);

using ReasonCells = std::array<Cell, kReasonCells>;

Cell* CellOf(ReasonCells* cells, Reason reason) {
  const auto index = static_cast<size_t>(reason);
  return &(
      *cells)[index < kReasonCells ? index
                                   : static_cast<size_t>(Reason::kInternal)];
}

// The last row counts kinds that no provider of ours has.
constexpr size_t kKinds = static_cast<size_t>(ProviderKind::kFacebook) + 1;

size_t KindIndex(absl::string_view name) {
  for (size_t i = 0; i < kKinds; ++i) {
    if (name == ProviderKindName(static_cast<ProviderKind>(i))) return i;
  }
  return kKinds;
}

const char* KindLabel(size_t index) {
  return index < kKinds ? ProviderKindName(static_cast<ProviderKind>(index))
                        : "_OTHER";
}

// ReasonLabel: "" for success.
std::string ReasonLabel(Reason reason) {
  if (reason == Reason::kUnspecified) return "";
  return absl::AsciiStrToLower(GetReasonInfo(reason).name);
}

const char* ResultLabel(Reason reason) {
  return reason == Reason::kUnspecified ? "ok" : "failed";
}

constexpr size_t kCodes = 17;

// The names that go-grpc's metrics and so everybody's dashboards use.
constexpr std::array<const char*, kCodes> kCodeNames = {"OK",
                                                        "Canceled",
                                                        "Unknown",
                                                        "InvalidArgument",
                                                        "DeadlineExceeded",
                                                        "NotFound",
                                                        "AlreadyExists",
                                                        "PermissionDenied",
                                                        "ResourceExhausted",
                                                        "FailedPrecondition",
                                                        "Aborted",
                                                        "OutOfRange",
                                                        "Unimplemented",
                                                        "Internal",
                                                        "Unavailable",
                                                        "DataLoss",
                                                        "Unauthenticated"};

size_t CodeIndex(Reason reason) {
  if (reason == Reason::kUnspecified) return 0;
  const auto code = static_cast<size_t>(GetReasonInfo(reason).code);
  return code < kCodes ? code : static_cast<size_t>(absl::StatusCode::kUnknown);
}

// Upper bounds in seconds, from a cached Verify to a slow issuer.
constexpr std::array<double, 12> kBounds = {0.0001, 0.00025, 0.0005, 0.001,
                                            0.0025, 0.005,   0.01,   0.025,
                                            0.1,    0.5,     2.5,    10};

size_t BucketIndex(double seconds) {
  size_t i = 0;
  while (i < kBounds.size() && seconds > kBounds[i]) ++i;
  return i;
}

// ForEachCounted calls `fn(reason, cell)` for success and every reason that
// was counted at least once.
template <typename Fn>
void ForEachCounted(const ReasonCells& cells, Fn fn) {
  fn(Reason::kUnspecified, cells[0]);
  for (const Reason reason : AllReasons()) {
    const Cell& cell = cells[static_cast<size_t>(reason)];
    if (Read(cell) > 0) fn(reason, cell);
  }
}

}  // namespace

class Metrics::MethodSeries {
 public:
  explicit MethodSeries(absl::string_view path) {
    const absl::string_view name = absl::StripPrefix(path, "/");
    const size_t slash = name.find('/');
    if (slash == absl::string_view::npos) {
      method_ = std::string(name);
      return;
    }
    service_ = std::string(name.substr(0, slash));
    method_ = std::string(name.substr(slash + 1));
  }

  void Count(Reason reason, absl::Duration took) {
    AddTo(&codes_[CodeIndex(reason)]);
    AddTo(&buckets_[BucketIndex(absl::ToDoubleSeconds(took))]);
    const int64_t nanos = absl::ToInt64Nanoseconds(took);
    if (nanos > 0) AddTo(&nanos_, static_cast<uint64_t>(nanos));
  }

  void Write(Exposition* out) const {
    const MetricLabels labels = {{"grpc_service", service_},
                                 {"grpc_method", method_}};
    for (size_t code = 0; code < kCodes; ++code) {
      const double count = Read(codes_[code]);
      if (count == 0) continue;
      MetricLabels with_code = labels;
      with_code.emplace_back("grpc_code", kCodeNames[code]);
      out->Counter("grpc_server_handled_total",
                   "Calls finished, over every transport.",
                   std::move(with_code), count);
    }
    HistogramSample sample;
    uint64_t sum = 0;
    for (size_t i = 0; i < kBounds.size(); ++i) {
      sum += buckets_[i].load(std::memory_order_relaxed);
      sample.buckets.push_back({kBounds[i], sum});
    }
    sum += buckets_.back().load(std::memory_order_relaxed);
    if (sum == 0) return;
    sample.count = sum;
    sample.sum = Read(nanos_) / 1e9;
    out->Histogram("grpc_server_handling_seconds",
                   "Time from the call's arrival to its answer.", labels,
                   sample);
  }

 private:
  std::string service_;
  std::string method_;
  std::array<Cell, kCodes> codes_{};
  std::array<Cell, kBounds.size() + 1> buckets_{};
  Cell nanos_{0};
};

struct Metrics::Impl {
  std::vector<std::unique_ptr<MethodSeries>> methods;
  MethodSeries unknown_method{"_OTHER"};
  Cell verify_active{0};
  Cell verify_inactive{0};
  std::array<ReasonCells, kKinds + 1> logins{};
  ReasonCells refreshes{};
  std::vector<std::function<std::vector<MetricSample>()>> collectors;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

Metrics::MethodSeries* Metrics::RegisterMethod(absl::string_view path) {
  impl_->methods.push_back(std::make_unique<MethodSeries>(path));
  return impl_->methods.back().get();
}

void Metrics::CountRpc(MethodSeries* method, Reason reason,
                       absl::Duration took) {
  (method == nullptr ? &impl_->unknown_method : method)->Count(reason, took);
}

void Metrics::CountVerify(bool active) {
  AddTo(active ? &impl_->verify_active : &impl_->verify_inactive);
}

void Metrics::CountLogin(absl::string_view provider_kind, Reason reason) {
  AddTo(CellOf(&impl_->logins[KindIndex(provider_kind)], reason));
}

void Metrics::CountRefresh(Reason reason) {
  AddTo(CellOf(&impl_->refreshes, reason));
}

void Metrics::AddCollector(
    std::function<std::vector<MetricSample>()> collector) {
  impl_->collectors.push_back(std::move(collector));
}

std::string Metrics::Render() const {
  Exposition out;
  for (size_t kind = 0; kind <= kKinds; ++kind) {
    ForEachCounted(impl_->logins[kind], [&](Reason reason, const Cell& cell) {
      if (Read(cell) == 0) return;
      out.Counter("latchkey_logins_total", "Login attempts by outcome.",
                  {{"provider", KindLabel(kind)},
                   {"result", ResultLabel(reason)},
                   {"reason", ReasonLabel(reason)}},
                  Read(cell));
    });
  }
  const char* verify_help = "Tokens examined by outcome.";
  out.Counter("latchkey_verify_total", verify_help, {{"result", "active"}},
              Read(impl_->verify_active));
  out.Counter("latchkey_verify_total", verify_help, {{"result", "inactive"}},
              Read(impl_->verify_inactive));
  ForEachCounted(impl_->refreshes, [&](Reason reason, const Cell& cell) {
    out.Counter(
        "latchkey_refresh_total", "Session refreshes by outcome.",
        {{"result", ResultLabel(reason)}, {"reason", ReasonLabel(reason)}},
        Read(cell));
  });
  for (const auto& method : impl_->methods) method->Write(&out);
  impl_->unknown_method.Write(&out);
  for (const auto& collector : impl_->collectors) {
    for (MetricSample& sample : collector()) out.Add(std::move(sample));
  }
  return out.Text();
}

}  // namespace latchkey
