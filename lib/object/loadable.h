//===- loadable.h - What loading an object would do besides mapping it ---===//
//
// A model object is a program: what calls it runs it. But loading one shall run nothing, and bring nothing else into
// the process, so that what a step calls is all that there is. An object of ternc asks the dynamic loader for nothing
// but its segments and the addresses of its own data.
//
//===----------------------------------------------------------------------===//
#pragma once

#include "lib/base/result.h"

#include <cstddef>
#include <span>
#include <string>

namespace tern {

/// An error, which begins with `name`, when the ELF file asks the dynamic loader for what ternc never writes: code that
/// runs at loading or unloading (constructors, destructors, resolvers), other libraries, symbols that it does not
/// define, changes outside its writable data, segments that are writable and executable, an executable stack,
/// thread-local data. An object that ternc instrumented needs constructors and the sanitizer's symbols: it is one
/// unless this process has that sanitizer. To be asked of a file that ElfView parses.
Status checkLoadable(std::span<const std::byte> bytes, const std::string &name);

} // namespace tern
