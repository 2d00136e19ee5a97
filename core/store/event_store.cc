#include "core/store/event_store.h"

#include <algorithm>

namespace latchkey {

bool EventFilter::Matches(const EventRecord& event) const {
  if (!app.empty() && event.app != app) return false;
  if (!user.empty() && event.user != user) return false;
  if (since.has_value() && event.time < *since) return false;
  if (until.has_value() && event.time >= *until) return false;
  return actions.empty() || std::find(actions.begin(), actions.end(),
                                      event.action) != actions.end();
}

}  // namespace latchkey
