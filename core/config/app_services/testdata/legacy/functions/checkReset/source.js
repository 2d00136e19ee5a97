exports = ({ currentPasswordValid }) => ({ status: currentPasswordValid ? 'success' : 'fail' });
