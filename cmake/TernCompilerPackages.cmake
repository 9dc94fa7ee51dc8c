# The compiler's own code takes no time beside LLVM's, and is made of templates: optimising it less builds ternc in 0.85 of the time. What runs for
# every weight is in lib.
add_compile_options(-O1)

# LLVM, MLIR, lld and Halide for the compiler half. The shared libMLIR and libLLVM are linked, never a mix with their static
# archives: two copies of LLVM's globals in one process do not work. lld exists as archives only, over the shared libLLVM.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLVM 22.1 REQUIRED CONFIG HINTS ${LLVM_DIR})
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
find_library(TERN_LLD_ELF lldELF HINTS ${LLVM_LIBRARY_DIR} REQUIRED)
find_library(TERN_LLD_COMMON lldCommon HINTS ${LLVM_LIBRARY_DIR} REQUIRED)
find_package(ZLIB REQUIRED) # lld compresses debug sections by itself
find_library(TERN_ZSTD zstd REQUIRED)
add_library(tern_lld INTERFACE)
target_link_libraries(tern_lld INTERFACE ${TERN_LLD_ELF} ${TERN_LLD_COMMON} ZLIB::ZLIB ${TERN_ZSTD})

# Everything below dialects/ and compiler/ links this: the include paths and the shared libraries of LLVM and MLIR.
add_library(tern_mlir INTERFACE)
target_include_directories(tern_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(tern_mlir INTERFACE ${PROJECT_BINARY_DIR}) # generated *.inc
target_link_libraries(tern_mlir INTERFACE MLIR LLVM)
separate_arguments(LLVM_DEFINITIONS)
target_compile_definitions(tern_mlir INTERFACE ${LLVM_DEFINITIONS})

# tern_pass_declarations(NAME target): Passes.h.inc of the Passes.td here, whose statistics count in any build of LLVM
# (compiler/pass_statistic.h).
function(tern_pass_declarations name target)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.td.inc -gen-pass-decls -name ${name})
  set(from ${CMAKE_CURRENT_BINARY_DIR}/Passes.td.inc)
  set(to ${CMAKE_CURRENT_BINARY_DIR}/Passes.h.inc)
  add_custom_command(OUTPUT ${to} DEPENDS ${from} VERBATIM
    COMMAND sh -c "sed s/::mlir::Pass::Statistic/::tern::PassStatistic/ '${from}' > '${to}'")
  set(TABLEGEN_OUTPUT ${TABLEGEN_OUTPUT} ${to})
  add_public_tablegen_target(${target})
endfunction()

# Halide brings an LLVM of its own, under other symbol versions; only compiler/dense and compiler/operators see it.
find_path(TERN_HALIDE_INCLUDE Halide.h PATH_SUFFIXES halide14 REQUIRED)
find_library(TERN_HALIDE Halide14 REQUIRED)
add_library(tern_halide INTERFACE)
target_include_directories(tern_halide SYSTEM INTERFACE ${TERN_HALIDE_INCLUDE})
target_link_libraries(tern_halide INTERFACE ${TERN_HALIDE})

tern_precompile(tern_mlir_headers cmake/mlir_headers.h LINK tern_mlir)
tern_precompile(tern_halide_headers cmake/halide_headers.h LINK tern_halide)
tern_precompile(tern_operator_headers cmake/operator_headers.h LINK tern_mlir tern_halide)
