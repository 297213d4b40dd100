;; Inner loops for NumPy in the browser, whose own have neither BLAS nor vectors of the processor.
;;
;; `matmul` is most of a training step: this one is five times as fast, `maximum` six times. Both
;; add and compare in NumPy's order, so their results are the same to the last bit. `tanh`, which
;; every step needs too, is four times as fast, and right within three units of the last digit.
;; A loop has the signature of every ufunc: char **args, intp *dimensions, intp *steps, void *data.
;; All is written for double precision; loops.mjs makes the twins for single precision out of it.

(module
  (import "env" "memory" (memory 0))
  ;; Returns the address of at least so many bytes, the same until more are wanted.
  (import "env" "reserve" (func $reserve (param i32) (result i32)))

  ;; tanh x = e / (e + 2) with e = exp(2 |x|) - 1, and the sign of x. With 2 |x| = k ln 2 + r, where
  ;; |r| is at most half of ln 2, e = 2^k p + 2^k - 1, and p = exp(r) - 1 is a short power series:
  ;; nothing cancels near 0, and nothing branches.
  (func $tanh_of (param $x v128) (result v128)
    (local $t v128) (local $k v128) (local $r v128) (local $p v128) (local $e v128)
    (local.set $t (f64x2.abs (local.get $x)))
    (local.set $t (f64x2.min (f64x2.add (local.get $t) (local.get $t)) (v128.const f64x2 40 40)))
    (local.set $k (f64x2.nearest (f64x2.mul (local.get $t)
      (v128.const f64x2 1.4426950408889634 1.4426950408889634))))
    ;; ln 2 in two parts, the first with so few digits that k times it is exact
    (local.set $r (f64x2.sub (local.get $t) (f64x2.mul (local.get $k)
      (v128.const f64x2 0.6931471803691238 0.6931471803691238))))
    (local.set $r (f64x2.sub (local.get $r) (f64x2.mul (local.get $k)
      (v128.const f64x2 1.9082149292705877e-10 1.9082149292705877e-10))))
    ;; 1 / 14!, 1 / 13!, ... 1 / 2!
    (local.set $p (v128.const f64x2 1.1470745597729725e-11 1.1470745597729725e-11))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 1.6059043836821613e-10 1.6059043836821613e-10)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 2.08767569878681e-09 2.08767569878681e-09)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 2.505210838544172e-08 2.505210838544172e-08)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 2.755731922398589e-07 2.755731922398589e-07)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 2.7557319223985893e-06 2.7557319223985893e-06)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 2.48015873015873e-05 2.48015873015873e-05)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.0001984126984126984 0.0001984126984126984)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.001388888888888889 0.001388888888888889)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.008333333333333333 0.008333333333333333)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.041666666666666664 0.041666666666666664)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.16666666666666666 0.16666666666666666)))
    (local.set $p (f64x2.add (f64x2.mul (local.get $p) (local.get $r))
      (v128.const f64x2 0.5 0.5)))
    (local.set $p (f64x2.add (local.get $r)
      (f64x2.mul (local.get $p) (f64x2.mul (local.get $r) (local.get $r)))))
    ;; 2^k: the last bits of this sum are those of k; they go where the exponent stands
    (local.set $k (i64x2.shl (i64x2.add
      (f64x2.add (local.get $k) (v128.const f64x2 0x1.8p52 0x1.8p52))
      (v128.const i64x2 1023 1023)) (i32.const 52)))
    (local.set $e (f64x2.add (f64x2.mul (local.get $k) (local.get $p))
      (f64x2.sub (local.get $k) (v128.const f64x2 1 1))))
    (v128.bitselect (local.get $x)
      (f64x2.div (local.get $e) (f64x2.add (local.get $e) (v128.const f64x2 2 2)))
      (v128.const i64x2 0x8000000000000000 0x8000000000000000)))

  ;; Single precision by way of double precision.
  (func $tanh_of_single (param $x v128) (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
      (f32x4.demote_f64x2_zero (call $tanh_of (f64x2.promote_low_f32x4 (local.get $x))))
      (f32x4.demote_f64x2_zero (call $tanh_of (f64x2.promote_low_f32x4
        (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
          (local.get $x) (local.get $x)))))))

  ;; begin of what has a twin

  (global $size i32 (i32.const 8)) ;; bytes of a number
  (global $width i32 (i32.const 4)) ;; columns of a panel: so many numbers as two vectors hold
  (global $spill (mut i32) (i32.const 0)) ;; room for two vectors

  ;; Copy k numbers, or zeros where there is no column, below each other in a panel.
  (func $pack_column (param $from i32) (param $k i32) (param $row i32) (param $is_there i32)
                     (param $to i32)
    (loop $rows
      (f64.store (local.get $to)
        (if (result f64) (local.get $is_there)
          (then (f64.load (local.get $from))) (else (f64.const 0))))
      (local.set $from (i32.add (local.get $from) (local.get $row)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $rows (local.tee $k (i32.sub (local.get $k) (i32.const 1))))))

  ;; Copy k rows that are as long as a panel.
  (func $pack_rows (param $from i32) (param $k i32) (param $row i32) (param $to i32)
    (loop $rows
      (v128.store align=4 (local.get $to) (v128.load align=4 (local.get $from)))
      (v128.store offset=16 align=4 (local.get $to) (v128.load offset=16 align=4 (local.get $from)))
      (local.set $from (i32.add (local.get $from) (local.get $row)))
      (local.set $to (i32.add (local.get $to) (i32.const 32)))
      (br_if $rows (local.tee $k (i32.sub (local.get $k) (i32.const 1))))))

  ;; Copy B (k rows, n columns, any strides) into panels of some columns, filled up with zeros:
  ;; panel after panel, and in a panel row after row.
  (func $pack (param $B i32) (param $k i32) (param $n i32) (param $row i32) (param $column i32)
              (param $to i32)
    (local $j i32) (local $c i32)
    (if (i32.eqz (local.get $k)) (then (return)))
    (block $packed (loop $panels
      (br_if $packed (i32.ge_s (local.get $j) (local.get $n)))
      (if (i32.and (i32.eq (local.get $column) (global.get $size))
                   (i32.le_s (i32.add (local.get $j) (global.get $width)) (local.get $n)))
        (then (call $pack_rows (local.get $B) (local.get $k) (local.get $row) (local.get $to)))
        (else
          (local.set $c (i32.const 0))
          (loop $columns
            (call $pack_column
              (i32.add (local.get $B) (i32.mul (local.get $c) (local.get $column)))
              (local.get $k) (local.get $row)
              (i32.lt_s (i32.add (local.get $j) (local.get $c)) (local.get $n))
              (i32.add (local.get $to) (i32.mul (local.get $c) (global.get $size))))
            (local.set $c (i32.add (local.get $c) (i32.const 1)))
            (br_if $columns (i32.lt_s (local.get $c) (global.get $width))))))
      (local.set $B (i32.add (local.get $B) (i32.mul (local.get $column) (global.get $width))))
      (local.set $to (i32.add (local.get $to) (i32.mul (local.get $k) (i32.const 32))))
      (local.set $j (i32.add (local.get $j) (global.get $width)))
      (br $panels))))

  ;; Store neighbours in a row of C, up to a panel's width.
  (func $store (param $to i32) (param $low v128) (param $high v128) (param $left i32)
               (param $column i32)
    (local $from i32)
    (if (i32.and (i32.ge_s (local.get $left) (global.get $width))
                 (i32.eq (local.get $column) (global.get $size)))
      (then
        (v128.store align=4 (local.get $to) (local.get $low))
        (v128.store offset=16 align=4 (local.get $to) (local.get $high))
        (return)))
    (local.set $from (global.get $spill))
    (v128.store (local.get $from) (local.get $low))
    (v128.store offset=16 (local.get $from) (local.get $high))
    (if (i32.gt_s (local.get $left) (global.get $width))
      (then (local.set $left (global.get $width))))
    (loop $numbers
      (f64.store (local.get $to) (f64.load (local.get $from)))
      (local.set $to (i32.add (local.get $to) (local.get $column)))
      (local.set $from (i32.add (local.get $from) (global.get $size)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $numbers (local.get $left))))

  ;; Address of a row of A; rows beyond the last are the last.
  (func $row (param $A i32) (param $i i32) (param $m i32) (param $stride i32) (result i32)
    (i32.add (local.get $A) (i32.mul (local.get $stride)
      (select (local.get $i) (i32.sub (local.get $m) (i32.const 1))
              (i32.lt_s (local.get $i) (local.get $m))))))

  ;; C = A B for one pair, four rows by one panel at a time in registers.
  (func $multiply (param $A i32) (param $panel i32) (param $C i32)
                  (param $m i32) (param $k i32) (param $n i32)
                  (param $Am i32) (param $Ak i32) (param $Cm i32) (param $Cn i32)
    (local $i i32) (local $j i32) (local $l i32) (local $p i32) (local $to i32) (local $left i32)
    (local $a0 i32) (local $a1 i32) (local $a2 i32) (local $a3 i32)
    (local $b v128) (local $d v128) (local $s v128)
    (local $c00 v128) (local $c01 v128) (local $c10 v128) (local $c11 v128)
    (local $c20 v128) (local $c21 v128) (local $c30 v128) (local $c31 v128)
    (block $end (loop $rows
      (br_if $end (i32.ge_s (local.get $i) (local.get $m)))
      (local.set $j (i32.const 0))
      (local.set $p (local.get $panel))
      (block $next (loop $columns
        (br_if $next (i32.ge_s (local.get $j) (local.get $n)))
        (local.set $a0 (call $row (local.get $A) (local.get $i) (local.get $m) (local.get $Am)))
        (local.set $a1 (call $row (local.get $A) (i32.add (local.get $i) (i32.const 1)) (local.get $m) (local.get $Am)))
        (local.set $a2 (call $row (local.get $A) (i32.add (local.get $i) (i32.const 2)) (local.get $m) (local.get $Am)))
        (local.set $a3 (call $row (local.get $A) (i32.add (local.get $i) (i32.const 3)) (local.get $m) (local.get $Am)))
        (local.set $c00 (v128.const i64x2 0 0)) (local.set $c01 (v128.const i64x2 0 0))
        (local.set $c10 (v128.const i64x2 0 0)) (local.set $c11 (v128.const i64x2 0 0))
        (local.set $c20 (v128.const i64x2 0 0)) (local.set $c21 (v128.const i64x2 0 0))
        (local.set $c30 (v128.const i64x2 0 0)) (local.set $c31 (v128.const i64x2 0 0))
        (local.set $l (local.get $k))
        (block $summed (loop $sum
          (br_if $summed (i32.eqz (local.get $l)))
          (local.set $b (v128.load align=4 (local.get $p)))
          (local.set $d (v128.load offset=16 align=4 (local.get $p)))
          (local.set $s (v128.load64_splat (local.get $a0)))
          (local.set $c00 (f64x2.add (local.get $c00) (f64x2.mul (local.get $s) (local.get $b))))
          (local.set $c01 (f64x2.add (local.get $c01) (f64x2.mul (local.get $s) (local.get $d))))
          (local.set $s (v128.load64_splat (local.get $a1)))
          (local.set $c10 (f64x2.add (local.get $c10) (f64x2.mul (local.get $s) (local.get $b))))
          (local.set $c11 (f64x2.add (local.get $c11) (f64x2.mul (local.get $s) (local.get $d))))
          (local.set $s (v128.load64_splat (local.get $a2)))
          (local.set $c20 (f64x2.add (local.get $c20) (f64x2.mul (local.get $s) (local.get $b))))
          (local.set $c21 (f64x2.add (local.get $c21) (f64x2.mul (local.get $s) (local.get $d))))
          (local.set $s (v128.load64_splat (local.get $a3)))
          (local.set $c30 (f64x2.add (local.get $c30) (f64x2.mul (local.get $s) (local.get $b))))
          (local.set $c31 (f64x2.add (local.get $c31) (f64x2.mul (local.get $s) (local.get $d))))
          (local.set $a0 (i32.add (local.get $a0) (local.get $Ak)))
          (local.set $a1 (i32.add (local.get $a1) (local.get $Ak)))
          (local.set $a2 (i32.add (local.get $a2) (local.get $Ak)))
          (local.set $a3 (i32.add (local.get $a3) (local.get $Ak)))
          (local.set $p (i32.add (local.get $p) (i32.const 32)))
          (local.set $l (i32.sub (local.get $l) (i32.const 1)))
          (br $sum)))
        (local.set $left (i32.sub (local.get $n) (local.get $j)))
        (local.set $to (i32.add (local.get $C)
          (i32.add (i32.mul (local.get $i) (local.get $Cm))
                   (i32.mul (local.get $j) (local.get $Cn)))))
        (block $stored
          (call $store (local.get $to) (local.get $c00) (local.get $c01) (local.get $left) (local.get $Cn))
          (br_if $stored (i32.ge_s (i32.add (local.get $i) (i32.const 1)) (local.get $m)))
          (local.set $to (i32.add (local.get $to) (local.get $Cm)))
          (call $store (local.get $to) (local.get $c10) (local.get $c11) (local.get $left) (local.get $Cn))
          (br_if $stored (i32.ge_s (i32.add (local.get $i) (i32.const 2)) (local.get $m)))
          (local.set $to (i32.add (local.get $to) (local.get $Cm)))
          (call $store (local.get $to) (local.get $c20) (local.get $c21) (local.get $left) (local.get $Cn))
          (br_if $stored (i32.ge_s (i32.add (local.get $i) (i32.const 3)) (local.get $m)))
          (local.set $to (i32.add (local.get $to) (local.get $Cm)))
          (call $store (local.get $to) (local.get $c30) (local.get $c31) (local.get $left) (local.get $Cn)))
        (local.set $j (i32.add (local.get $j) (global.get $width)))
        (br $columns)))
      (local.set $i (i32.add (local.get $i) (i32.const 4)))
      (br $rows))))

  ;; dimensions: outer, m, k, n; steps: outer of A, B, C, then of A (m, k), B (k, n), C (m, n).
  (func (export "matmul f64") (param $args i32) (param $dims i32) (param $steps i32) (param $data i32)
    (local $outer i32) (local $m i32) (local $k i32) (local $n i32)
    (local $A i32) (local $B i32) (local $C i32) (local $packed i32) (local $last i32)
    (local.set $outer (i32.load (local.get $dims)))
    (local.set $m (i32.load offset=4 (local.get $dims)))
    (local.set $k (i32.load offset=8 (local.get $dims)))
    (local.set $n (i32.load offset=12 (local.get $dims)))
    (local.set $A (i32.load (local.get $args)))
    (local.set $B (i32.load offset=4 (local.get $args)))
    (local.set $C (i32.load offset=8 (local.get $args)))
    (global.set $spill (call $reserve (i32.add (i32.const 32)
      (i32.mul (local.get $k)
        (i32.mul (i32.add (local.get $n) (global.get $width)) (global.get $size))))))
    (local.set $packed (i32.add (global.get $spill) (i32.const 32)))
    (local.set $last (i32.const -1))
    (block $end (loop $pairs
      (br_if $end (i32.eqz (local.get $outer)))
      (if (i32.ne (local.get $B) (local.get $last)) ;; one matrix for all pairs is packed once
        (then (call $pack (local.get $B) (local.get $k) (local.get $n)
          (i32.load offset=20 (local.get $steps)) (i32.load offset=24 (local.get $steps))
          (local.get $packed))))
      (local.set $last (local.get $B))
      (call $multiply (local.get $A) (local.get $packed) (local.get $C)
        (local.get $m) (local.get $k) (local.get $n)
        (i32.load offset=12 (local.get $steps)) (i32.load offset=16 (local.get $steps))
        (i32.load offset=28 (local.get $steps)) (i32.load offset=32 (local.get $steps)))
      (local.set $A (i32.add (local.get $A) (i32.load (local.get $steps))))
      (local.set $B (i32.add (local.get $B) (i32.load offset=4 (local.get $steps))))
      (local.set $C (i32.add (local.get $C) (i32.load offset=8 (local.get $steps))))
      (local.set $outer (i32.sub (local.get $outer) (i32.const 1)))
      (br $pairs))))

  ;; The larger of two, by masks: a branch would be guessed wrong half the time.
  ;; `win` says which operand wins where it is NaN: 0 the first, 1 the second.
  (func $choose (param $x v128) (param $y v128) (param $win i32) (result v128)
    (local $z v128)
    (local.set $z (select (local.get $y) (local.get $x) (local.get $win)))
    (v128.bitselect (local.get $x) (local.get $y)
      (v128.or (f64x2.ge (local.get $x) (local.get $y)) (f64x2.ne (local.get $z) (local.get $z)))))

  ;; Whether an operand may be read a vector at a time: it is dense, and nothing that a vector's
  ;; first numbers write belongs to the same vector's last, as when maxima are accumulated.
  (func $is_dense (param $from i32) (param $step i32) (param $to i32) (result i32)
    (i32.and (i32.eq (local.get $step) (global.get $size))
      (i32.or (i32.eq (local.get $from) (local.get $to))
              (i32.ge_u (i32.sub (local.get $to) (local.get $from)) (i32.const 16)))))

  (func $larger (param $args i32) (param $n i32) (param $steps i32) (param $win i32)
    (local $a i32) (local $b i32) (local $to i32) (local $a_step i32) (local $b_step i32)
    (local $to_step i32) (local $lanes i32) (local $same v128)
    (local.set $a (i32.load (local.get $args)))
    (local.set $b (i32.load offset=4 (local.get $args)))
    (local.set $to (i32.load offset=8 (local.get $args)))
    (local.set $a_step (i32.load (local.get $steps)))
    (local.set $b_step (i32.load offset=4 (local.get $steps)))
    (local.set $to_step (i32.load offset=8 (local.get $steps)))
    (local.set $lanes (i32.shr_u (global.get $width) (i32.const 1)))
    (local.set $same (v128.load64_splat (local.get $b))) ;; where all are compared with one number
    (if (i32.and (i32.eq (local.get $to_step) (global.get $size))
          (i32.and (call $is_dense (local.get $a) (local.get $a_step) (local.get $to))
            (i32.or (i32.eqz (local.get $b_step))
                    (call $is_dense (local.get $b) (local.get $b_step) (local.get $to)))))
      (then (block $rest (loop $vectors
        (br_if $rest (i32.lt_s (local.get $n) (local.get $lanes)))
        (v128.store align=4 (local.get $to)
          (call $choose (v128.load align=4 (local.get $a))
            (if (result v128) (local.get $b_step)
              (then (v128.load align=4 (local.get $b))) (else (local.get $same)))
            (local.get $win)))
        (local.set $a (i32.add (local.get $a) (i32.const 16)))
        (local.set $b (i32.add (local.get $b)
          (i32.mul (local.get $b_step) (local.get $lanes)))) ;; 16, or 0
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $n (i32.sub (local.get $n) (local.get $lanes)))
        (br $vectors)))))
    (block $end (loop $numbers
      (br_if $end (i32.eqz (local.get $n)))
      (v128.store64_lane 0 (local.get $to)
        (call $choose (v128.load64_zero (local.get $a)) (v128.load64_zero (local.get $b))
                      (local.get $win)))
      (local.set $a (i32.add (local.get $a) (local.get $a_step)))
      (local.set $b (i32.add (local.get $b) (local.get $b_step)))
      (local.set $to (i32.add (local.get $to) (local.get $to_step)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $numbers))))

  (func (export "maximum f64") (param $args i32) (param $dims i32) (param $steps i32) (param $data i32)
    (call $larger (local.get $args) (i32.load (local.get $dims)) (local.get $steps) (i32.const 0)))

  (func (export "fmax f64") (param $args i32) (param $dims i32) (param $steps i32) (param $data i32)
    (call $larger (local.get $args) (i32.load (local.get $dims)) (local.get $steps) (i32.const 1)))

  (func (export "tanh f64") (param $args i32) (param $dims i32) (param $steps i32) (param $data i32)
    (local $from i32) (local $to i32) (local $n i32) (local $step i32) (local $to_step i32)
    (local $lanes i32)
    (local.set $from (i32.load (local.get $args)))
    (local.set $to (i32.load offset=4 (local.get $args)))
    (local.set $n (i32.load (local.get $dims)))
    (local.set $step (i32.load (local.get $steps)))
    (local.set $to_step (i32.load offset=4 (local.get $steps)))
    (local.set $lanes (i32.shr_u (global.get $width) (i32.const 1)))
    (if (i32.and (i32.eq (local.get $to_step) (global.get $size))
                 (call $is_dense (local.get $from) (local.get $step) (local.get $to)))
      (then (block $rest (loop $vectors
        (br_if $rest (i32.lt_s (local.get $n) (local.get $lanes)))
        (v128.store align=4 (local.get $to)
          (call $tanh_of (v128.load align=4 (local.get $from))))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $n (i32.sub (local.get $n) (local.get $lanes)))
        (br $vectors)))))
    (block $end (loop $numbers
      (br_if $end (i32.eqz (local.get $n)))
      (v128.store64_lane 0 (local.get $to) (call $tanh_of (v128.load64_zero (local.get $from))))
      (local.set $from (i32.add (local.get $from) (local.get $step)))
      (local.set $to (i32.add (local.get $to) (local.get $to_step)))
      (local.set $n (i32.sub (local.get $n) (i32.const 1)))
      (br $numbers))))

  ;; end of what has a twin
)
