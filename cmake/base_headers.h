// What most files of lib and runtime include, parsed once: nlohmann/json alone takes half of the time that such a file
// takes to compile. Files still include what they use.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>
