// ReadExportArchive reads an exported App Services app from a ZIP archive.
#ifndef LATCHKEY_CLIENTS_CLI_ZIP_FILE_H_
#define LATCHKEY_CLIENTS_CLI_ZIP_FILE_H_

#include <cstdint>
#include <string>

#include "core/config/app_services/export_files.h"

namespace latchkey {

constexpr uint64_t kMaxArchiveBytes = 64 * 1024 * 1024;

// ReadExportArchive reads what is wanted of the archive at `path`, in memory:
// nothing is unpacked to the disk. Refuses what CollectExport does, links and
// encrypted entries among it, archives larger than kMaxArchiveBytes, and those
// whose content is not what their directory says. What an entry claims to be
// long is not believed: reading stops at the limit.
ExportResult ReadExportArchive(const std::string& path, ExportContent content);

}  // namespace latchkey

#endif  // LATCHKEY_CLIENTS_CLI_ZIP_FILE_H_
