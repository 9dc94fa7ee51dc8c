; A tile register as a vector: what the tile intrinsics do, for CPUs that have none. amx_product.c has the loops.
define <256 x i32> @amx_tilezero(i16, i16) {
  ret <256 x i32> zeroinitializer
}

define <256 x i32> @amx_tileloadd64(i16, i16, ptr %from, i64 %stride) {
  %tile = alloca <256 x i32>
  call void @load_tile(ptr %tile, ptr %from, i64 %stride)
  %value = load <256 x i32>, ptr %tile
  ret <256 x i32> %value
}

define void @amx_tilestored64(i16, i16, ptr %to, i64 %stride, <256 x i32> %value) {
  %tile = alloca <256 x i32>
  store <256 x i32> %value, ptr %tile
  call void @store_tile(ptr %tile, ptr %to, i64 %stride)
  ret void
}

define <256 x i32> @amx_tdpbssd(i16, i16, i16, <256 x i32> %sums, <256 x i32> %left, <256 x i32> %right) {
  %s = alloca <256 x i32>
  %l = alloca <256 x i32>
  %r = alloca <256 x i32>
  store <256 x i32> %sums, ptr %s
  store <256 x i32> %left, ptr %l
  store <256 x i32> %right, ptr %r
  call void @multiply_tiles(ptr %s, ptr %l, ptr %r)
  %value = load <256 x i32>, ptr %s
  ret <256 x i32> %value
}

declare void @load_tile(ptr, ptr, i64)
declare void @store_tile(ptr, ptr, i64)
declare void @multiply_tiles(ptr, ptr, ptr)
