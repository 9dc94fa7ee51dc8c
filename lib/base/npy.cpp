//===- npy.cpp - Matrices of floats in NumPy's file format ------------------===//
#include "lib/base/npy.h"

#include "lib/base/file.h"
#include "lib/base/text.h"

#include <bit>
#include <cstring>
#include <optional>

namespace tern {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they are");

namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kPrefix = 10; ///< magic, two bytes of version, two of the header's length
constexpr size_t kAlignment = 64;

/// The value of a key in the dictionary, up to the comma or bracket that ends it; brackets of a tuple included.
std::string_view valueOf(std::string_view header, std::string_view key) {
  size_t at = header.find(key);
  if (at == std::string_view::npos)
    return {};
  std::string_view rest = header.substr(at + key.size());
  rest = rest.substr(std::min(rest.find_first_not_of(" :"), rest.size()));
  size_t end = rest.starts_with("(") ? rest.find(')') : rest.find_first_of(",}");
  return rest.substr(0, end == std::string_view::npos ? 0 : end + rest.starts_with("("));
}

/// The numbers of "(3, 4)"; none where it is no such tuple.
std::optional<std::vector<uint64_t>> parseShape(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')')
    return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::vector<uint64_t> shape;
  while (!text.empty()) {
    size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits == 0 || digits > 18)
      return std::nullopt;
    shape.push_back(std::stoull(std::string(text.substr(0, digits))));
    text.remove_prefix(digits);
    text.remove_prefix(std::min(text.find_first_not_of(", "), text.size()));
  }
  return shape;
}

} // namespace

const FileKind kNpyKind = {"NPY file",
                           [](std::string_view head, std::string_view) { return head.starts_with(kMagic); }};

Result<FloatMatrix> parseNpy(std::span<const std::byte> bytes, const std::string &name) {
  std::string_view all(reinterpret_cast<const char *>(bytes.data()), bytes.size());
  if (!all.starts_with(kMagic) || all.size() < kPrefix)
    return Error{name + ": is no NPY file"};
  if (all[6] != 1)
    return Error{name + ": is an NPY file of version " + std::to_string(uint8_t(all[6])) + "; Tern reads version 1.0"};
  size_t length = size_t(uint8_t(all[8])) | size_t(uint8_t(all[9])) << 8;
  if (length > all.size() - kPrefix)
    return Error{name + ": ends within its header"};
  std::string_view header = all.substr(kPrefix, length), numbers = all.substr(kPrefix + length);
  std::string_view type = valueOf(header, "'descr'"), order = valueOf(header, "'fortran_order'");
  std::optional<std::vector<uint64_t>> shape = parseShape(valueOf(header, "'shape'"));
  if (type != "'<f4'")
    return Error{name + ": has numbers of type " + printable(std::string(type)) + "; they must be float32 ('<f4')"};
  if (order != "False")
    return Error{name + ": is not in C order; numpy.ascontiguousarray makes it so"};
  if (!shape || shape->size() != 2)
    return Error{name + ": must have two dimensions, rows and columns, not " +
                 printable(std::string(valueOf(header, "'shape'")))};
  FloatMatrix matrix{(*shape)[0], (*shape)[1], {}};
  uint64_t most = numbers.size() / sizeof(float);
  if (numbers.size() % sizeof(float) != 0 || (matrix.columns != 0 && matrix.rows > most / matrix.columns) ||
      matrix.rows * matrix.columns != most)
    return Error{name + ": has " + std::to_string(numbers.size()) + " bytes of numbers, not what " +
                 std::to_string(matrix.rows) + " rows of " + std::to_string(matrix.columns) + " need"};
  matrix.numbers.resize(most);
  if (most != 0) // of no rows there is no memory
    std::memcpy(matrix.numbers.data(), numbers.data(), numbers.size());
  return matrix;
}

Result<FloatMatrix> readNpy(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.error();
  return parseNpy(file->bytes(), path);
}

Status writeNpy(const std::string &path, std::span<const float> numbers, uint64_t columns) {
  uint64_t rows = columns == 0 ? 0 : numbers.size() / columns;
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                       std::to_string(columns) + "), }";
  header.resize((kPrefix + header.size() + 1 + kAlignment - 1) / kAlignment * kAlignment - kPrefix - 1, ' ');
  header += '\n';
  std::string text(kMagic);
  text += {'\1', '\0', char(header.size() & 0xff), char(header.size() >> 8)};
  text += header;
  Result<AtomicFile> file = AtomicFile::create(path);
  if (!file)
    return file.error();
  if (Status status = file->write(std::as_bytes(std::span(text))); !status)
    return status;
  if (Status status = file->write(std::as_bytes(numbers)); !status)
    return status;
  return file->commit();
}

} // namespace tern
