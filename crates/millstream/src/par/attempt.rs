//! What can fail: `Option`, `Result` and `ControlFlow`, seen alike.

use std::ops::ControlFlow;

/// A value that says whether to go on; made for `Option`, `Result` and [`ControlFlow`].
pub trait Attempt {
    /// What it gives when it goes on.
    type Output: Send;
    /// What it says when it stops.
    type Residual: Send;
    /// One that goes on.
    fn from_output(output: Self::Output) -> Self;
    /// One that stops.
    fn from_residual(residual: Self::Residual) -> Self;
    /// Which of both this is.
    fn branch(self) -> ControlFlow<Self::Residual, Self::Output>;
}

impl<T: Send> Attempt for Option<T> {
    type Output = T;
    type Residual = ();
    #[inline]
    fn from_output(output: T) -> Self {
        Some(output)
    }
    #[inline]
    fn from_residual((): ()) -> Self {
        None
    }
    #[inline]
    fn branch(self) -> ControlFlow<(), T> {
        self.map_or(ControlFlow::Break(()), ControlFlow::Continue)
    }
}

impl<T: Send, E: Send> Attempt for Result<T, E> {
    type Output = T;
    type Residual = E;
    #[inline]
    fn from_output(output: T) -> Self {
        Ok(output)
    }
    #[inline]
    fn from_residual(residual: E) -> Self {
        Err(residual)
    }
    #[inline]
    fn branch(self) -> ControlFlow<E, T> {
        match self {
            Ok(output) => ControlFlow::Continue(output),
            Err(residual) => ControlFlow::Break(residual),
        }
    }
}

impl<B: Send, C: Send> Attempt for ControlFlow<B, C> {
    type Output = C;
    type Residual = B;
    #[inline]
    fn from_output(output: C) -> Self {
        ControlFlow::Continue(output)
    }
    #[inline]
    fn from_residual(residual: B) -> Self {
        ControlFlow::Break(residual)
    }
    #[inline]
    fn branch(self) -> ControlFlow<B, C> {
        self
    }
}
